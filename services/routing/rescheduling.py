"""Moves the deadlines that a changed calendar moves, such as by a holiday that was added: a fact for each report.

A deadline counts a number of working days from a time that the case keeps, so only the calendar can change it. A
deadline that has passed stays, and so does one that would have passed because a holiday was taken away.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlmodel import Session

from contracts.events import CaseRescheduled
from services.routing import cases, disclosure, telling
from services.routing.cases import Decision
from services.routing.domain import DUE, PUBLIC, Move
from services.routing.rules import Rules
from services.routing.tables import CASE, Case

LIMIT = 500
"""The most reports looked at in one transaction."""
EACH = 2.0
"""Seconds between two looks."""


class Moved(NamedTuple):
    """A report and its deadline by the calendar of today, which is not the one that it has."""

    case: Case
    due_at: datetime


class Rescheduling:
    """A tick that looks at all open reports once, because the calendar changes only with a start of the process."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._after: str | None = ""
        """The id of the last report that was looked at; null once all were."""
        self._moved = False

    def reschedule(self, session: Session, now: datetime) -> None:
        if self._after is None:
            return
        some = [Case(**row._mapping) for row in session.execute(_open_after(self._after, now).with_for_update())]
        for moved in moved_deadlines(self._rules, some, now):
            self._moved = True
            _reschedule(session, self._rules, moved, now)
        if len(some) == LIMIT:
            self._after = some[-1].id
        else:
            # Once more from the beginning if any was moved, because a commit may have failed.
            self._after, self._moved = "" if self._moved else None, False


def moved_in(session: Session, rules: Rules, now: datetime) -> Iterator[Moved]:
    """Every report whose deadline the calendar of `rules` would move."""
    after: str | None = ""
    while after is not None:
        some = [Case(**row._mapping) for row in session.execute(_open_after(after, now))]
        yield from moved_deadlines(rules, some, now)
        after = some[-1].id if len(some) == LIMIT else None


def moved_deadlines(rules: Rules, some: list[Case], now: datetime) -> Iterator[Moved]:
    """Those of the reports whose deadline is another one by the calendar of today."""
    for case in some:
        if case.clock_from is not None and case.clock_days is not None and case.due_at == case.clock_due:
            due_at = rules.due(case.clock_from, case.clock_days)
            if due_at != case.due_at and due_at > now:
                yield Moved(case, due_at)


def _open_after(id: str, now: datetime) -> Select[tuple[object, ...]]:
    open_ones = select(CASE).where(CASE.c.id > id, CASE.c.status.in_(sorted(DUE)), CASE.c.clock_from.is_not(None))
    return open_ones.where(CASE.c.escalated_at.is_(None), CASE.c.due_at > now).order_by(CASE.c.id).limit(LIMIT)


def _reschedule(session: Session, rules: Rules, moved: Moved, now: datetime) -> None:
    case, due_at = moved
    at = max(now, case.updated_at)  # a clock that was wrong and is right again went back
    decision = Decision("machine", at, rules.words.rescheduled)
    cases.move(session, case, Move.reschedule, decision, due_at=due_at, wake_at=due_at, clock_due=due_at)
    # The deadline of a report that no agency has is the desk's, and not public.
    if case.status in PUBLIC and case.agency is not None:
        agency = disclosure.public_agency(rules, case, case.agency)
        reason = rules.words.rescheduled
        event = CaseRescheduled(time=at, subject=case.subject, agency=agency, due_at=due_at, reason=reason)
        telling.publish(session, case, event)
