"""What happens to a case: each move changes its row, enters its history and is announced, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session

from contracts import events
from contracts.events import Closure
from kit import outbox
from kit.rows import insert_all
from services.routing import disclosure, feed
from services.routing.domain import Assigned, Move, Refused, State, step
from services.routing.reading.redact import redact
from services.routing.rules import Rules
from services.routing.tables import ACTION, CASE, DISPOSITION, Action, Case, Disposition


class UnknownReport(Exception):
    """There is no such report, or none that the caller may know of."""


class MoveRefused(Exception):
    """The report is not in a state that takes this move."""


class Act(NamedTuple):
    """Who does something, when and why. `by` is "machine", "official", "reporter" or an agency's id."""

    by: str
    at: datetime
    reason: str | None = None


class Decided(NamedTuple):
    """How a report becomes public."""

    category: str
    place: str | None
    confidential: bool


class Change(TypedDict, total=False):
    category: str
    agency: str | None
    place: str | None
    confidential: bool
    hidden: bool
    held_reason: str | None
    verified_at: datetime | None
    due_at: datetime | None
    wake_at: datetime | None
    escalated_at: datetime | None
    closed_at: datetime | None
    closure: str | None


def subject(case: Case) -> UUID:
    return UUID(case.id)


def find(session: Session, report: str, *, lock: bool = True) -> Case:
    """The case; locked until the transaction ends, so that of two moves at once the second sees what the first did.

    Raises `UnknownReport`.
    """
    statement = select(CASE).where(CASE.c.id == report)
    row = session.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise UnknownReport("There is no report with this id")
    return Case(**row._mapping)


def move(
    session: Session, case: Case, move: Move, act: Act, *, text: str | None = None, **change: Unpack[Change]
) -> None:
    """Take one move of the domain's table. Raises `MoveRefused`."""
    after = step(State(case.status), move)
    if isinstance(after, Refused):
        raise MoveRefused(after.reason)
    statement = update(CASE).where(CASE.c.id == case.id)
    session.execute(statement.values(status=str(after), updated_at=act.at, **change))
    agency = change.get("agency", case.agency)
    _keep(session, case, Action(case.id, act.at, str(move), act.by, agency, text, act.reason), after)


def note(session: Session, case: Case, what: str, act: Act) -> None:
    """Keep in the history what was done that did not change the state."""
    _keep(session, case, Action(case.id, act.at, what, act.by, case.agency, None, act.reason), case.status)


def _keep(session: Session, case: Case, action: Action, status: str) -> None:
    keep_actions(session, [action])
    feed.tell(session, feed.about(action, case, status))


def keep_actions(session: Session, rows: Sequence[Action]) -> None:
    insert_all(session, ACTION, [row._asdict() for row in rows])


def keep_dispositions(session: Session, rows: Sequence[Disposition]) -> None:
    insert_all(session, DISPOSITION, [row._asdict() for row in rows])


def verify(session: Session, rules: Rules, case: Case, decided: Decided, act: Act) -> None:
    """Make the case public as decided, and give it to who answers for it."""
    category, place, confidential = decided
    change = Change(category=category, place=place, confidential=confidential, held_reason=None, verified_at=act.at)
    move(session, case, Move.verify, act, **change)
    case = find(session, case.id)
    outbox.publish(session, disclosure.opened(rules, case, act.at, act.by))
    give(session, rules, case, Move.dispose, rules.answering(category, place, act.at), act)


def give(
    session: Session, rules: Rules, case: Case, how: Move, to: Assigned, act: Act, category: str | None = None
) -> None:
    """Dispose or transfer: the agency has it, and its clock starts anew."""
    category = category or case.category
    due_at = rules.respond_by(category, act.at)
    act = act._replace(reason=to.reason)
    change = Change(agency=to.agency, category=category, due_at=due_at, wake_at=due_at, escalated_at=None)
    move(session, case, how, act, **change)
    given = Disposition(case.id, act.at, to.agency, category, act.by, to.reason, due_at)
    keep_dispositions(session, [given])
    outbox.publish(
        session,
        events.CaseDisposed(
            time=act.at,
            subject=subject(case),
            agency=disclosure.public_agency(rules, case, to.agency),
            category=category,
            reason=disclosure.public_reason(rules, case, category, to.reason),
            due_at=due_at,
        ),
    )


def close(
    session: Session, rules: Rules, case: Case, how: Move, closure: Closure, act: Act, words: str | None = None
) -> None:
    move(session, case, how, act, text=words, closure=str(closure), closed_at=act.at, wake_at=None)
    agency = disclosure.public_agency(rules, case, case.agency) if case.agency else None
    text = disclosure.public_words(case, words)
    event = events.CaseClosed(time=act.at, subject=subject(case), closure=closure, agency=agency, text=text)
    outbox.publish(session, event)


def reject(session: Session, rules: Rules, case: Case, how: Move, act: Act) -> None:
    """It never becomes public; it is counted, and its reporter may hear that it was rejected."""
    move(session, case, how, act, closed_at=act.at, due_at=None, wake_at=None, held_reason=None)
    reason = rules.words.withdrawn if how == Move.withdraw else rules.words.rejected
    event = events.CaseRejected(time=act.at, subject=subject(case), reason=reason, received_at=case.received_at)
    outbox.publish(session, event)


def hide(session: Session, rules: Rules, case: Case, act: Act, reason: str) -> None:
    """It leaves public view, with the reason: redacted, or none of its words if the report is confidential."""
    move(session, case, Move.hide, act, hidden=True)
    told = rules.words.hidden if case.confidential else redact(reason)
    outbox.publish(session, events.CaseHidden(time=act.at, subject=subject(case), reason=told))
