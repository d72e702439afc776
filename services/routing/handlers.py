"""Handles each event of the topic `reports`, and the clocks that ring."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from contracts.events import (
    AnyEvent,
    CaseEscalated,
    Closure,
    Event,
    ReportAmended,
    ReportFeedback,
    ReportHidden,
    ReportReceived,
    ReportUndone,
    ReportUpdated,
    ReportWithdrawn,
)
from kit import clock, outbox
from kit.rows import insert_all
from services.routing import cases, disclosure, feed, undoing
from services.routing.amending import amend, hide
from services.routing.cases import Decision, MoveRefused
from services.routing.domain import PUBLIC, RINGS, Move, State
from services.routing.models import ModelInUse
from services.routing.opening import NewCase
from services.routing.receive import ReportReader, receive
from services.routing.rules import Rules
from services.routing.tables import CASE, Case
from services.routing.updates import update_case

RING_LIMIT = 500
"""The most clocks that ring in one transaction."""


class Handlers:
    """Handles batches of events, in order; the new reports of a batch are written together."""

    def __init__(self, rules: Rules, now: Callable[[], datetime] = clock.now, models: ModelInUse | None = None) -> None:
        """`models`: where the model in use is known; without them the region's rules alone read."""
        self._rules, self._now, self._models = rules, now, models or ModelInUse(None)
        self._reader = ReportReader(rules.region)

    def __call__(self, session: Session, events: Sequence[AnyEvent]) -> None:
        new: dict[str, NewCase] = {}
        now = self._now()
        self._reader = self._reader.with_model(self._models.look(session))
        for event in events:
            report = event.report
            if isinstance(event, ReportReceived):
                new[report] = receive(event, self._reader, self._rules, now)
                continue
            if report in new:
                _write(session, new)
                new = {}
            self._handle_later(session, event)
        _write(session, new)

    def ring_clocks(self, session: Session, now: datetime) -> None:
        """Close reports with no word after the response; escalate, once, those not verified or responded to in time."""
        due = select(CASE).where(CASE.c.wake_at <= now).order_by(CASE.c.wake_at).limit(RING_LIMIT)
        # A case that another transaction has locked is read again next time.
        for row in session.execute(due.with_for_update(skip_locked=True)).all():
            case = Case(**row._mapping)
            at = max(now, case.updated_at)
            if RINGS.get(State(case.status)) == Move.silence:
                decision = Decision("machine", at, self._rules.words.silence)
                cases.close(session, self._rules, case, Move.silence, Closure.silence, decision)
            else:
                escalate(session, self._rules, case, at)

    def _handle_later(self, session: Session, event: Event) -> None:
        """Handle a later event of a report. Raises `UnknownReport` if routing does not have the report."""
        case = cases.find(session, event.report)
        # Never before the last move: a clock that was wrong and is right again went back.
        decision = Decision("reporter", max(self._now(), case.updated_at))
        match event:
            case ReportAmended():
                amend(session, self._rules, self._reader, case, decision, event.text)
            case ReportHidden():
                hide(session, self._rules, case, decision.at)
            case ReportWithdrawn():
                withdraw(session, self._rules, case, decision)
            case ReportFeedback():
                take_feedback(session, self._rules, self._reader, case, decision, event)
            case ReportUndone(number=number):
                undoing.undo(session, self._rules, case, number, decision.at)
            case ReportUpdated():
                update_case(session, self._rules, self._reader, case, event, decision.at)
            case _:
                raise TypeError(f"routing does not handle {type(event).__name__}")


def _write(session: Session, new: dict[str, NewCase]) -> None:
    if not new:
        return
    insert_all(session, CASE, [vars(report.case) for report in new.values()])
    cases.insert_dispositions(session, [row for report in new.values() for row in report.dispositions])
    cases.insert_actions(session, [row for report in new.values() for row in report.actions])
    feed.add(session, [row for report in new.values() for row in report.agency_events])
    outbox.publish(session, *(event for report in new.values() for event in report.events))


def withdraw(session: Session, rules: Rules, case: Case, decision: Decision) -> None:
    decision = decision._replace(reason=rules.words.withdrawn)
    if case.merged_count:  # it goes on for the reporters of the reports that were merged into it
        cases.note(session, case, str(Move.withdraw), decision)
        return
    try:
        if case.status in PUBLIC:
            cases.close(session, rules, case, Move.withdraw, Closure.withdrawn, decision)
        else:
            cases.reject(session, case, Move.withdraw, decision, rules.words.withdrawn)
    except MoveRefused:
        # The case is closed already: only the history shows that the reporter withdrew the report.
        cases.note(session, case, str(Move.withdraw), decision)


def take_feedback(
    session: Session, rules: Rules, reader: ReportReader, case: Case, decision: Decision, feedback: ReportFeedback
) -> None:
    """The reporter's satisfaction, and their words as an amendment; dissatisfaction reopens a closed report.

    Of a merged report, the main one.
    """
    cases.note(session, case, "satisfied" if feedback.satisfied else "unsatisfied", decision)
    if feedback.text:
        amend(session, rules, reader, case, decision, feedback.text)
    main = case if case.duplicate_of is None else cases.find(session, case.duplicate_of)
    if feedback.satisfied or main.status != State.closed:
        return
    reason, at = rules.words.unsatisfied, max(decision.at, main.updated_at)
    cases.reopen(session, rules, main, decision._replace(at=at, reason=reason), "reporter", reason)


def escalate(session: Session, rules: Rules, case: Case, now: datetime) -> None:
    decision = Decision("machine", now, rules.words.late)
    cases.move(session, case, Move.escalate, decision, escalated_at=now, wake_at=None)
    # A held report is not public: only officials see that it is late.
    if case.status in PUBLIC:
        agency = disclosure.public_agency(rules, case, case.agency) if case.agency else None
        event = CaseEscalated(time=now, subject=case.subject, agency=agency, reason=decision.reason or "")
        outbox.publish(session, event)
