"""Applies what a report's source tells anew, as an official would: its location, agency, answer and end."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session

from contracts.events import Closure, Elsewhere, Location, ReportUpdated, ResponseElsewhere
from kit import outbox
from services.routing import cases, disclosure
from services.routing.cases import Decision
from services.routing.domain import PUBLIC, Assigned, Move, NotAllowed, State, step
from services.routing.opening import agency_of
from services.routing.receive import ReportReader
from services.routing.rules import Rules, Running
from services.routing.tables import ACTION, CASE, DISPOSITION, Case

_KEPT = ("agency", "response", "closed_at", "closure")
"""What is kept with a held report until it is verified."""


def update_case(
    session: Session, rules: Rules, reader: ReportReader, case: Case, event: ReportUpdated, now: datetime
) -> None:
    """Apply each change that the state allows; the case's history names those that are left."""
    decision = Decision("official", now)
    if case.status in PUBLIC:
        _note_left(session, rules, case, decision, list(_apply(session, rules, reader, case, event, decision)))
    elif case.status == State.rejected:
        _note_left(session, rules, case, decision, [name for name in _NAMES if getattr(event, name) is not None])
    else:
        _keep(session, rules, reader, case, event, decision)


_NAMES = ("category", "agency", "location", "response", "closed_at")
_SHOWN = ("place", "lat", "long")
"""What the public sees of a location."""


def kept(case: Case) -> Elsewhere:
    """What the source of a held report told of it, so far."""
    return Elsewhere.model_validate_json(case.elsewhere) if case.elsewhere else Elsewhere()


def _apply(
    session: Session, rules: Rules, reader: ReportReader, case: Case, event: ReportUpdated, decision: Decision
) -> Iterator[str]:
    """Each change in its turn; the names of those that the state does not allow."""
    old_place = case.place
    if event.location is not None:
        _relocate(session, rules, reader, case, event.location, decision)
        case = cases.find(session, case.id)
    if event.category is not None or event.agency is not None:
        if not _dispose(session, rules, case, event, decision):
            yield "category" if event.category is not None else "agency"
    elif case.place != old_place:
        _follow_place(session, rules, case, old_place, decision)
    case = cases.find(session, case.id)
    for told in event.responses or ((event.response,) if event.response else ()):
        response = told.model_copy(update={"at": _not_before_verified(case, told.at)})
        if not _respond(session, rules, case, response, decision):
            yield "response"
        case = cases.find(session, case.id)
    if event.closed_at is not None:
        closed_at = _not_before_verified(case, event.closed_at)
        if not _close(session, rules, case, closed_at, event.closure):
            yield "closed_at"


def _not_before_verified(case: Case, at: datetime) -> datetime:
    """What the source says of a time before our desk made the report public counts from then."""
    return max(at, case.verified_at) if case.verified_at else at


def _relocate(
    session: Session, rules: Rules, reader: ReportReader, case: Case, location: Location, decision: Decision
) -> None:
    change = _columns(reader, case, location)
    if all(getattr(case, name) == change[name] for name in _SHOWN):
        change["place_from"] = case.place_from  # what is public of it tells the first way in which it was known
    _set(session, case, decision.at, **change)
    if all(getattr(case, name) == change[name] for name in (*_SHOWN, "address")):
        return  # another name of the same place
    place, moved = rules.public_place(case.place), any(getattr(case, name) != change[name] for name in _SHOWN)
    case = cases.find(session, case.id)
    event = disclosure.relocated(rules, case, place, decision.at)
    cases.note(session, case, "relocate", decision._replace(reason=event.reason))
    if moved and not (case.confidential or case.hidden):
        outbox.publish(session, event)


def _dispose(session: Session, rules: Rules, case: Case, event: ReportUpdated, decision: Decision) -> bool:
    category = event.category if event.category in rules.region.categories else case.category
    recipient = (
        Assigned(event.agency, rules.words.elsewhere)
        if event.agency is not None and event.agency in rules.region.agencies
        else rules.agency_for(category, case.place, decision.at)
    )
    if (recipient.agency, category) == (case.agency, case.category):
        return True
    if not _allowed(case, Move.dispose):
        return False
    clock = _clock(rules, case, category, decision.at)
    cases.dispose(session, rules, case, Move.dispose, recipient, decision, category, clock)
    return True


def _clock(rules: Rules, case: Case, category: str, now: datetime) -> Running | None:
    """The deadline that the table set stays. One that passed before the import counts anew from where it did.

    Neither rings if it has passed. Null for a report whose clock ran here: the next agency has days of its own.
    """
    if case.due_at is None or case.escalated_at is not None:
        return None
    if case.clock_from is None:
        clock = Running(due_at=case.due_at, wake_at=case.due_at, clock_from=None, clock_days=None, clock_due=None)
    elif case.due_at <= now:
        clock = rules.respond_by(category, case.clock_from)
    else:
        return None
    return clock if clock["due_at"] > now else {**clock, "wake_at": None}


def _follow_place(session: Session, rules: Rules, case: Case, old_place: str | None, decision: Decision) -> None:
    """Give the case to the agency of its new place, if nobody but the rules chose the agency that has it."""
    newest = select(DISPOSITION.c.by, DISPOSITION.c.reason).where(DISPOSITION.c.report == case.id)
    last = session.execute(newest.order_by(DISPOSITION.c.number.desc()).limit(1)).first()
    ruled = rules.agency_for(case.category, old_place, decision.at)
    recipient = rules.agency_for(case.category, case.place, decision.at)
    by_rules = last is not None and last.reason != rules.words.elsewhere and ruled.agency == case.agency
    if by_rules and recipient.agency != case.agency and _allowed(case, Move.dispose):
        clock = _clock(rules, case, case.category, decision.at)
        cases.dispose(session, rules, case, Move.dispose, recipient, decision, clock=clock)


def _respond(session: Session, rules: Rules, case: Case, response: ResponseElsewhere, decision: Decision) -> bool:
    words = response.text.replace("\0", "")
    same = (ACTION.c.report == case.id, ACTION.c.move == str(Move.respond), ACTION.c.at == response.at)
    if session.execute(select(ACTION.c.number).where(*same, ACTION.c.text == words)).first() is not None:
        return True  # the answer is there already
    if not _allowed(case, Move.respond):
        return False
    answered = Decision(decision.by, response.at, "acted" if response.acted else "answered")
    agency = agency_of(rules, case, response)
    # The reporter can read it from now on, so the days of silence count from now.
    cases.respond(session, rules, case, agency, words, answered, acted=response.acted, silent_from=decision.at)
    return True


def _close(session: Session, rules: Rules, case: Case, closed_at: datetime, closure: Closure | None) -> bool:
    """False if it is closed here otherwise than the source says."""
    closure = closure or Closure.explained
    if not _allowed(case, Move.close):
        return (case.closed_at, case.closure) == (closed_at, closure)
    decision = Decision("official", closed_at, rules.words.closed_elsewhere)
    cases.close(session, rules, case, Move.close, closure, decision)
    return True


def _keep(
    session: Session, rules: Rules, reader: ReportReader, case: Case, event: ReportUpdated, decision: Decision
) -> None:
    """Nothing is public: the category and the location change at once, the rest when the report is verified."""
    told = {name: value for name in _KEPT if (value := getattr(event, name)) is not None}
    if event.response is not None:
        told["responses"] = event.responses  # all that the source has now
    if event.category is not None:
        told["agency"] = event.agency  # without one, the agency of the category before is not meant
    change: dict[str, object] = {"elsewhere": kept(case).model_copy(update=told).model_dump_json(exclude_none=True)}
    if event.category in rules.region.categories:
        sensitive = rules.category(event.category).sensitive
        change |= {"category": event.category, "confidential": case.confidential or sensitive}
    if event.location is not None:
        change |= _columns(reader, case, event.location)
    _set(session, case, decision.at, **change)
    cases.note(session, case, "update", decision)


def _columns(reader: ReportReader, case: Case, location: Location) -> dict[str, object]:
    words = {name: getattr(location, name) for name in ("place", "address")}
    location = location.model_copy(update={name: each and each.replace("\0", "") for name, each in words.items()})
    told = location.model_dump(exclude={"place"})
    return {**reader.place_in(location, case.text), **told, "place_hint": location.place}


def _set(session: Session, case: Case, at: datetime, **change: object) -> None:
    session.execute(update(CASE).where(CASE.c.id == case.id).values(updated_at=max(case.updated_at, at), **change))


def _note_left(session: Session, rules: Rules, case: Case, decision: Decision, left: list[str]) -> None:
    if left:
        reason = rules.words.left.format(what=", ".join(left))
        cases.note(session, cases.find(session, case.id), "update", decision._replace(reason=reason))


def _allowed(case: Case, move: Move) -> bool:
    return not isinstance(step(State(case.status), move), NotAllowed)
