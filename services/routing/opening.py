"""Makes a case public: verified, disposed and, if it is history from elsewhere, answered and closed as it was there.

History keeps its own times, and what it does not tell counts from the day that it was received there. A clock that
ran out before we had the report does not ring: to bring a table of old reports escalates and closes none of them.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import update
from sqlmodel import Session

from contracts.events import (
    CaseClosed,
    CaseDisposed,
    CaseOpened,
    CaseResponded,
    Closure,
    Elsewhere,
    Event,
    ResponseElsewhere,
)
from kit import outbox
from services.routing import cases, disclosure, feed
from services.routing.cases import NOT_HELD, Decision
from services.routing.disposal import prepare_disposal
from services.routing.domain import Assigned, Move, State
from services.routing.feed_tables import AgencyEvent
from services.routing.reading.beliefs import RULES
from services.routing.reading.reading import Candidate
from services.routing.rules import Rules, Running
from services.routing.tables import CASE, Action, Case, Disposition


class NewCase(NamedTuple):
    """The rows and the events of one report that is new, or new to the public."""

    case: Case
    dispositions: list[Disposition]
    actions: list[Action]
    agency_events: list[AgencyEvent]
    events: list[Event]


def open_case(
    case: Case,
    rules: Rules,
    decision: Decision,
    elsewhere: Elsewhere | None,
    recipient: Assigned | None = None,
    words: str | None = None,
) -> NewCase:
    """The case once it is verified by `decision`; `elsewhere`: what happened to it before it was brought here.

    `recipient`: the agency that the decision gives it to; without one the region's rules choose. `words`: what an
    official wrote to be public in place of the reporter's own words.
    """
    history = elsewhere or Elsewhere()
    recipient = recipient or rules.agency_for(case.category, case.place, decision.at)
    if history.agency in rules.region.agencies:
        recipient = Assigned(history.agency or "", rules.words.elsewhere)
    verified_at = _verified_at(case, decision.at, elsewhere)
    by = decision.by if case.status == State.held else "machine"
    disposal = prepare_disposal(rules, case, recipient, by, verified_at, clock=_clock(case, rules, elsewhere))
    after = case.copy()
    vars(after).update(NOT_HELD, **disposal.change)
    after.status, after.verified_at = State.disposed, verified_at
    after.wake_at = _still_to_come(after.due_at, decision.at)
    after.updated_at = decision.at
    at = decision.at if case.status == State.held else verified_at
    dispose = action(after, Move.dispose, Decision(by, at, recipient.reason), public_reason=disposal.event.reason)
    recorded_at = None if elsewhere is None else decision.at
    opened = disclosure.opened(rules, after, verified_at, decision.by, recorded_at=recorded_at, words=words)
    verify = action(case, Move.verify, Decision(decision.by, at, decision.reason), words)
    verify = verify._replace(public_text=None if words is None else opened.text)
    made = NewCase(after, [disposal.row], [verify, dispose], [], _told(case, opened, disposal.event, elsewhere))
    for answer in history.answers:
        _respond(made, rules, answer, decision.at)
    if history.closed_at is not None:
        _close(made, rules, history.closed_at, history.closure or Closure.explained)
        return made  # no agency event: nothing is left for the agency to do
    if case.status == State.held:
        made.agency_events.extend(feed.events_of(verify, case, State.verified))
    disposed = dispose if at == decision.at else dispose._replace(at=decision.at)
    made.agency_events.extend(feed.events_of(disposed, after, after.status))
    return made


def _told(case: Case, opened: CaseOpened, disposed: CaseDisposed, elsewhere: Elsewhere | None) -> list[Event]:
    """What an official decides about a held report is one fact; the machine's opening, and history's, are two."""
    if opened.verified_by == "official" and case.status == State.held and elsewhere is None:
        return [disclosure.given(opened, disposed)]
    return [opened, disposed]


def recipient_of(candidate: Candidate, model: str, case: Case, rules: Rules, now: datetime) -> Assigned:
    """The candidate's agency, with a public reason: by what it was chosen and, of a model, how sure that is.

    The candidate's own reason has the report's words, which stay with officials.
    """
    ruled = rules.agency_for(case.category, case.place, now)
    agency = candidate.agency or ""
    words = rules.words
    why = words.category.format(category=case.category) + f": {words.by_words}"
    reason = ruled.reason if ruled.agency == agency else why
    if model != RULES:
        reason += f"; {words.by_model.format(model=model, percent=int(candidate.confidence * 100 + 1e-9))}"
    return Assigned(agency, reason)


def write_opened(session: Session, made: NewCase) -> None:
    """Write a case that was held and is public now, with all that happened by that."""
    session.execute(update(CASE).where(CASE.c.id == made.case.id).values(**vars(made.case)))
    cases.insert_dispositions(session, made.dispositions)
    cases.insert_actions(session, made.actions)
    feed.add(session, made.agency_events)
    outbox.publish(session, *made.events)


def action(
    case: Case, move: Move, decision: Decision, text: str | None = None, *, public_reason: str | None = None
) -> Action:
    said = (case.agency, text, decision.reason)
    return Action(case.id, decision.at, str(move), decision.by, *said, public_reason=public_reason)


def _verified_at(case: Case, now: datetime, elsewhere: Elsewhere | None) -> datetime:
    if elsewhere is None:
        return now
    ended = [at for at in (*(each.at for each in elsewhere.answers), elsewhere.closed_at) if at is not None]
    # An open report that our own desk held became public by what the desk does now.
    counted = now if case.status == State.held and not ended else case.received_at
    return min(elsewhere.verified_at or counted, *ended, now)


def _clock(case: Case, rules: Rules, elsewhere: Elsewhere | None) -> Running | None:
    if elsewhere is None:
        return None
    if (due_at := elsewhere.due_at) is not None:
        return Running(due_at=due_at, wake_at=due_at, clock_from=None, clock_days=None, clock_due=None)
    return rules.respond_by(case.category, elsewhere.verified_at or case.received_at)


def _still_to_come(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at > now else None


def _respond(made: NewCase, rules: Rules, response: ResponseElsewhere, now: datetime) -> None:
    case = made.case
    text = response.text.replace("\0", "")  # PostgreSQL cannot store NUL
    case.status, case.responded_at = State.responded, response.at
    case.wake_at = _still_to_come(rules.silent_at(case.category, response.at), now)
    decision = Decision("machine", response.at, "acted" if response.acted else "answered")
    words = disclosure.public_words(rules, case, text)
    by = agency_of(rules, case, response)
    made.actions.append(action(case, Move.respond, decision, text)._replace(agency=by, public_text=words))
    agency = disclosure.public_agency(rules, case, by)
    made.events.append(
        CaseResponded(
            time=response.at,
            subject=case.subject,
            agency=agency,
            text=words,
            acted=response.acted,
            closes_at=case.wake_at,
        )
    )


def agency_of(rules: Rules, case: Case, response: ResponseElsewhere) -> str:
    """Whose answer it is: the agency that the source names, else the one that has the report."""
    named = response.agency if response.agency in rules.region.agencies else None
    return named or case.agency or rules.region.coordinator


def _close(made: NewCase, rules: Rules, at: datetime, closure: Closure) -> None:
    case = made.case
    case.status, case.closed_at, case.closure, case.wake_at = State.closed, at, str(closure), None
    closed = action(case, Move.close, Decision("machine", at, rules.words.closed_elsewhere))
    made.actions.append(closed._replace(closure=case.closure))
    agency = disclosure.public_agency(rules, case, case.agency or rules.region.coordinator)
    made.events.append(CaseClosed(time=at, subject=case.subject, closure=closure, agency=agency))
