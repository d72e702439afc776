"""What routing does with each event of the topic `reports`, and when a clock rings."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlmodel import Session

from contracts.events import (
    AnyEvent,
    CaseEscalated,
    CaseReopened,
    Closure,
    Event,
    ReportAmended,
    ReportFeedback,
    ReportReceived,
    ReportWithdrawn,
)
from kit import outbox
from kit.rows import insert_all
from services.routing import cases, disclosure, feed
from services.routing.cases import Decision, MoveRefused
from services.routing.domain import PUBLIC, RINGS, Move, State
from services.routing.receive import Reading, Received, receive
from services.routing.rules import Rules
from services.routing.tables import CASE, Case

RING_LIMIT = 500
"""Clocks rung in one transaction."""


class Handlers:
    """Handles batches of events, in order; the new reports among them are written together."""

    def __init__(self, rules: Rules, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._rules, self._now = rules, now
        self._reading = Reading(rules.region)

    def __call__(self, session: Session, events: Sequence[AnyEvent]) -> None:
        new: dict[str, Received] = {}
        for event in events:
            report = event.report
            if isinstance(event, ReportReceived):
                new[report] = receive(event, self._reading, self._rules, self._now())
                continue
            if report in new:
                _write(session, new)
                new = {}
            self._follow(session, event)
        _write(session, new)

    def ring_clocks(self, session: Session, now: datetime) -> None:
        """Close what nobody spoke to after a response; escalate, once, what nobody verified or responded to in time."""
        due = select(CASE).where(CASE.c.wake_at <= now).order_by(CASE.c.wake_at).limit(RING_LIMIT)
        # A case that somebody is working on this moment is looked at again next time.
        for row in session.execute(due.with_for_update(skip_locked=True)).all():
            case = Case(**row._mapping)
            if RINGS.get(State(case.status)) == Move.silence:
                decision = Decision("machine", now, self._rules.words.silence)
                cases.close(session, self._rules, case, Move.silence, Closure.silence, decision)
            else:
                escalate(session, self._rules, case, now)

    def _follow(self, session: Session, event: Event) -> None:
        """What the reporter said later. Raises `UnknownReport` if the report itself is not here."""
        case, decision = cases.find(session, event.report), Decision("reporter", self._now())
        match event:
            case ReportAmended():
                amend(session, self._rules, case, decision, event.text)
            case ReportWithdrawn():
                withdraw(session, self._rules, case, decision)
            case ReportFeedback():
                take_feedback(session, self._rules, case, decision, event)
            case _:
                raise TypeError(f"routing listens to no {type(event).__name__}")


def _write(session: Session, new: dict[str, Received]) -> None:
    if not new:
        return
    received = new.values()
    insert_all(session, CASE, [vars(one.case) for one in received])
    cases.keep_dispositions(session, [row for one in received for row in one.dispositions])
    cases.keep_actions(session, [row for one in received for row in one.actions])
    feed.tell(session, [row for one in received for row in one.told])
    outbox.publish(session, *(event for one in received for event in one.events))


def amend(session: Session, rules: Rules, case: Case, decision: Decision, words: str, what: str = "amend") -> None:
    """Put more words to the report, for officials and the agency. A word from the reporter ends the silence."""
    words = words.replace("\0", "")
    change: dict[str, object] = {"text": f"{case.text}\n\n{words}", "updated_at": decision.at}
    if case.status == State.responded:
        change["wake_at"] = rules.silent_at(case.category, decision.at)
    session.execute(update(CASE).where(CASE.c.id == case.id).values(**change))
    cases.note(session, case, what, decision)


def withdraw(session: Session, rules: Rules, case: Case, decision: Decision) -> None:
    decision = decision._replace(reason=rules.words.withdrawn)
    try:
        if case.status in PUBLIC:
            cases.close(session, rules, case, Move.withdraw, Closure.withdrawn, decision)
        else:
            cases.reject(session, case, Move.withdraw, decision, rules.words.withdrawn)
    except MoveRefused:
        # Closed already: nothing is left to take back, but that the reporter wanted to is kept.
        cases.note(session, case, str(Move.withdraw), decision)


def take_feedback(session: Session, rules: Rules, case: Case, decision: Decision, said: ReportFeedback) -> None:
    what = "satisfied" if said.satisfied else "unsatisfied"
    if said.text:
        amend(session, rules, case, decision, said.text, what)
    else:
        cases.note(session, case, what, decision)
    if said.satisfied or case.status != State.closed:
        return
    agency, due_at = case.agency or rules.region.coordinator, rules.respond_by(case.category, decision.at)
    decision = decision._replace(reason=rules.words.unsatisfied)
    cases.move(
        session,
        case,
        Move.reopen,
        decision,
        agency=agency,
        due_at=due_at,
        wake_at=due_at,
        escalated_at=None,
        closed_at=None,
        closure=None,
    )
    known = disclosure.public_agency(rules, case, agency)
    event = CaseReopened(
        time=decision.at, subject=said.subject, agency=known, reason=decision.reason or "", due_at=due_at
    )
    outbox.publish(session, event)


def escalate(session: Session, rules: Rules, case: Case, now: datetime) -> None:
    decision = Decision("machine", now, rules.words.late)
    cases.move(session, case, Move.escalate, decision, escalated_at=now, wake_at=None)
    # A held report is nobody's business outside yet; officials see it in their own queue.
    if case.status in PUBLIC:
        agency = disclosure.public_agency(rules, case, case.agency) if case.agency else None
        event = CaseEscalated(time=now, subject=case.subject, agency=agency, reason=decision.reason or "")
        outbox.publish(session, event)
