"""Moves a case: each move changes its row, is added to its history and sends its event, in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypedDict, Unpack

from sqlalchemy import select, update
from sqlmodel import Session

from contracts import events
from contracts.events import Closure
from kit import outbox
from kit.rows import insert_tuples
from services.routing import disclosure, feed, telling, transfers
from services.routing.disposal import prepare_disposal
from services.routing.domain import FOLLOWED, Assigned, Move, NotAllowed, State, step
from services.routing.rules import Rules, Running
from services.routing.tables import ACTION, CASE, DISPOSITION, Action, Case, Disposition


class UnknownReport(Exception):
    """There is no such report, or the caller may not know of it."""


class MoveRefused(Exception):
    """The state of the report does not allow this move."""


class Decision(NamedTuple):
    """Who decides something, when and why. `by` is "machine", "official", "reporter" or an agency's id."""

    by: str
    at: datetime
    reason: str | None = None


Reopener = Literal["reporter", "agency", "official"]


class PublicWords(NamedTuple):
    """What the public reads of an action."""

    text: str | None = None
    reason: str | None = None


NOTHING = PublicWords()


class CaseChange(TypedDict, total=False):
    category: str
    agency: str | None
    place: str | None
    confidential: bool
    hidden: bool
    held_reason: str | None
    held_because: str | None
    elsewhere: str | None
    verified_at: datetime | None
    due_at: datetime | None
    wake_at: datetime | None
    clock_from: datetime | None
    clock_days: int | None
    clock_due: datetime | None
    escalated_at: datetime | None
    responded_at: datetime | None
    closed_at: datetime | None
    closure: str | None
    duplicate_of: str | None


class NotHeld(TypedDict):
    held_reason: None
    held_because: None
    elsewhere: None


NOT_HELD = NotHeld(held_reason=None, held_because=None, elsewhere=None)
"""What changes in a case that is held no more."""


def find(session: Session, report: str, *, lock: bool = True) -> Case:
    """The case, locked until the transaction ends: of two moves at once the second sees the result of the first.

    Raises `UnknownReport`.
    """
    statement = select(CASE).where(CASE.c.id == report)
    row = session.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise UnknownReport("There is no report with this id")
    return Case(**row._mapping)


def lock(session: Session, reports: Iterable[str]) -> None:
    """Lock these cases, as far as they are there, in one order: two who lock the same do not wait for each other."""
    for report in sorted(set(reports)):
        session.execute(select(CASE.c.id).where(CASE.c.id == report).with_for_update())


def check(case: Case, move: Move) -> State:
    """The state after a move. Raises `MoveRefused`."""
    after = step(State(case.status), move)
    if isinstance(after, NotAllowed):
        raise MoveRefused(after.reason)
    return after


def move(
    session: Session,
    case: Case,
    move: Move,
    decision: Decision,
    *,
    text: str | None = None,
    answer: int | None = None,
    public: PublicWords = NOTHING,
    **change: Unpack[CaseChange],
) -> None:
    """Make one move of the table in `domain`. Raises `MoveRefused`.

    `answer`: which one a correction is of. `public`: what the public reads of it.
    """
    after = check(case, move)
    statement = update(CASE).where(CASE.c.id == case.id)
    # History that is brought from elsewhere has old times.
    updated_at = max(case.updated_at, decision.at)
    session.execute(statement.values(status=str(after), updated_at=updated_at, **change))
    agency = change.get("agency", case.agency)
    made = Action(
        *(case.id, decision.at, str(move), decision.by, agency, text, decision.reason),
        answer=answer,
        closure=change.get("closure"),
        public_text=public.text,
        public_reason=public.reason,
    )
    _store(session, case, made, after)


def note(
    session: Session,
    case: Case,
    entry: str,
    decision: Decision,
    *,
    text: str | None = None,
    public: PublicWords = NOTHING,
) -> None:
    """Add an entry to the history that does not change the state."""
    made = Action(
        *(case.id, decision.at, entry, decision.by, case.agency, text, decision.reason),
        public_text=public.text,
        public_reason=public.reason,
    )
    _store(session, case, made, case.status)


def _store(session: Session, case: Case, action: Action, status: str) -> None:
    insert_actions(session, [action])
    followers = transfers.givers(session, case.id) if action.move in FOLLOWED else set()
    if case.duplicate_of is not None:
        followers |= set(session.scalars(select(CASE.c.agency).where(CASE.c.id == case.duplicate_of))) - {None}
    feed.add(session, feed.events_of(action, case, status, followers))


def insert_actions(session: Session, rows: Sequence[Action]) -> None:
    insert_tuples(session, ACTION, Action._fields, rows)


def insert_dispositions(session: Session, rows: Sequence[Disposition]) -> None:
    insert_tuples(session, DISPOSITION, Disposition._fields, rows)


def dispose(
    session: Session,
    rules: Rules,
    case: Case,
    how: Move,
    recipient: Assigned,
    decision: Decision,
    category: str | None = None,
    clock: Running | None = None,
) -> None:
    """Dispose or transfer the case to an agency; its clock starts anew, or is `clock`."""
    giver = case.agency if how is Move.transfer else None
    disposal = prepare_disposal(
        rules, case, recipient, decision.by, decision.at, category=category, clock=clock, giver=giver
    )
    public = PublicWords(reason=disposal.event.reason)
    move(session, case, how, decision._replace(reason=recipient.reason), public=public, **disposal.change)
    insert_dispositions(session, [disposal.row])
    telling.publish(session, case, disposal.event)


def respond(
    session: Session,
    rules: Rules,
    case: Case,
    agency: str,
    words: str,
    decision: Decision,
    *,
    acted: bool,
    silent_from: datetime,
) -> None:
    """Add the answer of an agency; the clock of silence starts at `silent_from`."""
    silent_at = rules.silent_at(case.category, silent_from)
    public = disclosure.public_words(rules, case, words)
    responded_at = max(decision.at, case.responded_at or decision.at)
    times: CaseChange = {"wake_at": silent_at, "responded_at": responded_at}
    move(session, case, Move.respond, decision, text=words, public=PublicWords(public), **times)
    event = events.CaseResponded(
        time=decision.at,
        subject=case.subject,
        agency=disclosure.public_agency(rules, case, agency),
        text=public,
        acted=acted,
        closes_at=silent_at,
    )
    telling.publish(session, case, event)


def close(
    session: Session,
    rules: Rules,
    case: Case,
    how: Move,
    closure: Closure,
    decision: Decision,
    words: str | None = None,
) -> None:
    text, at = disclosure.public_words(rules, case, words), decision.at
    end: CaseChange = {"closure": str(closure), "closed_at": at, "wake_at": None}
    move(session, case, how, decision, text=words, public=PublicWords(text), **end)
    agency = disclosure.public_agency(rules, case, case.agency) if case.agency else None
    event = events.CaseClosed(time=decision.at, subject=case.subject, closure=closure, agency=agency, text=text)
    telling.publish(session, case, event)


def reopen(
    session: Session,
    rules: Rules,
    case: Case,
    decision: Decision,
    by: Reopener,
    public_reason: str,
) -> None:
    """Open a closed report again, for the agency that had it; its clock to respond starts anew."""
    agency, clock = case.agency or rules.region.coordinator, rules.respond_by(case.category, decision.at)
    move(
        session,
        case,
        Move.reopen,
        decision,
        public=PublicWords(reason=public_reason),
        agency=agency,
        escalated_at=None,
        closed_at=None,
        closure=None,
        **clock,
    )
    event = events.CaseReopened(
        time=decision.at,
        subject=case.subject,
        agency=disclosure.public_agency(rules, case, agency),
        reason=public_reason,
        due_at=clock["due_at"],
        by=by,
    )
    telling.publish(session, case, event)


def reject(session: Session, case: Case, how: Move, decision: Decision, public_reason: str) -> None:
    """The report never becomes public; it is counted, and its reporter may hear that it was rejected."""
    move(session, case, how, decision, closed_at=decision.at, due_at=None, wake_at=None, **NOT_HELD)
    event = events.CaseRejected(
        time=decision.at, subject=case.subject, reason=public_reason, received_at=case.received_at
    )
    outbox.publish(session, event)
