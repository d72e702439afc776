"""Makes the case of a new report: held for an official, or verified, disposed and perhaps closed at once."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from contracts.events import CaseClosed, Closure, Elsewhere, Event, Kind, ReportReceived
from contracts.region import Category, Region
from services.routing import disclosure, feed
from services.routing.cases import Decision
from services.routing.disposal import prepare_disposal
from services.routing.domain import Assigned, Move, State
from services.routing.feed_tables import AgencyEvent
from services.routing.reading.classify import Classified, Unsure, Vocabulary, classify, kind_of, vocabulary
from services.routing.reading.places import Ambiguous, Gazetteer, NoPlace, SinglePlace, find
from services.routing.reading.triage import NeedsPerson, Open, triage
from services.routing.rules import Rules
from services.routing.tables import Action, Case, Disposition


class NewCase(NamedTuple):
    """The rows and the events of one new report."""

    case: Case
    dispositions: list[Disposition]
    actions: list[Action]
    agency_events: list[AgencyEvent]
    events: list[Event]


class ReportTopic(NamedTuple):
    """The category of a report, by its words and its sender."""

    category: Category
    sensitive: bool
    confident: bool


class ReportReader:
    """Finds the place and category of reports; built once from a region."""

    def __init__(self, region: Region) -> None:
        self.gazetteer: Gazetteer = Gazetteer.of(region.places.values(), region.common_names)
        self.vocabulary: Vocabulary = vocabulary(region.categories.values(), region.slang)

    def place_of(self, event: ReportReceived) -> str | None:
        """The place's code if it is certain: by the sender's own name for it, else by the address, else by the text."""
        return self.place_in(event.place, event.address, event.text)

    def place_in(self, *texts: str | None) -> str | None:
        """The place's code if it is certain by one of these texts, the first that names a place."""
        for words in texts:
            if not words:
                continue
            match find(words, self.gazetteer):
                case SinglePlace(place):
                    return place.code
                case Ambiguous(_, kecamatan):
                    return kecamatan.code if kecamatan else None
                case NoPlace():
                    continue
        return None

    def topic_of(self, event: ReportReceived, rules: Rules) -> ReportTopic:
        event_category = rules.region.categories.get(event.category or "")
        if event_category is not None and event.official:
            return ReportTopic(event_category, event_category.sensitive, confident=True)
        match classify(event.text, self.vocabulary):
            case Classified(code):
                codes: tuple[str, ...] = (code,)
                category = event_category or rules.category(code)
                confident = True
            case Unsure(candidates):
                codes = candidates
                category = event_category or rules.category(None)
                confident = event_category is not None
        # A sensitive word counts whatever category was filed: to publish by mistake is worse than to hold.
        sensitive = any(rules.category(code).sensitive for code in codes)
        return ReportTopic(category, sensitive or category.sensitive, confident)


def receive(event: ReportReceived, reader: ReportReader, rules: Rules, now: datetime) -> NewCase:
    text = event.text.replace("\0", "")  # PostgreSQL cannot store NUL
    topic = reader.topic_of(event, rules)
    # Only an official may decide that something sensitive is public.
    confidential = event.confidential is True or (
        topic.sensitive and not (event.confidential is False and event.official)
    )
    case = Case(
        id=event.report,
        status=State.received,
        kind=str(event.kind or Kind(kind_of(text))),
        channel=str(event.channel),
        category=topic.category.code,
        text=text,
        place=reader.place_of(event),
        place_hint=event.place and event.place.replace("\0", ""),
        lat=event.lat,
        long=event.long,
        address=event.address and event.address.replace("\0", ""),
        anonymous=event.anonymous,
        confidential=confidential,
        received_at=event.time,
        updated_at=now,
    )
    match triage(
        text,
        official=event.official,
        sensitive=topic.sensitive,
        confident=topic.confident,
        policy=topic.category.verify,
    ):
        case NeedsPerson(reason):
            return _hold(case, rules, Decision("machine", now, reason), event.elsewhere)
        case Open(by):
            return _open(case, event, rules, Decision(by, now))


def _hold(case: Case, rules: Rules, decision: Decision, elsewhere: Elsewhere | None) -> NewCase:
    case.status = State.held
    case.held_reason = decision.reason
    case.elsewhere = None if elsewhere is None else elsewhere.model_dump_json(exclude_none=True)
    case.due_at = case.wake_at = rules.verify_by(case.category, decision.at)
    action = _action(case, Move.hold, decision)
    return NewCase(case, [], [action], feed.events_of(action, case, case.status), [])


def _open(case: Case, event: ReportReceived, rules: Rules, decision: Decision) -> NewCase:
    elsewhere = event.elsewhere
    is_closed = elsewhere is not None and elsewhere.closed_at is not None
    recipient = rules.agency_for(case.category, case.place, decision.at)
    if elsewhere is not None and elsewhere.agency in rules.region.agencies:
        recipient = Assigned(elsewhere.agency or "", rules.words.elsewhere)
    # The deadline of a report that was closed elsewhere counts from the day it was received there.
    clock_from = event.time if is_closed else None
    disposal = prepare_disposal(rules, case, recipient, "machine", decision.at, clock_from=clock_from)
    case = replace(case, status=State.disposed, verified_at=decision.at, **disposal.change)
    disposal_decision = Decision("machine", decision.at, recipient.reason)
    actions = [_action(case, Move.verify, decision), _action(case, Move.dispose, disposal_decision)]
    agency_events = feed.events_of(actions[-1], case, case.status)
    events: list[Event] = [disclosure.opened(rules, case, decision.at, decision.by), disposal.event]
    if elsewhere is not None and elsewhere.closed_at is not None:
        closure = elsewhere.closure or Closure.explained
        case.status, case.closed_at, case.closure, case.wake_at = State.closed, elsewhere.closed_at, str(closure), None
        agency_events = []  # nothing is left for the agency to do
        close_decision = Decision("machine", elsewhere.closed_at, rules.words.closed_elsewhere)
        actions.append(_action(case, Move.close, close_decision))
        agency = disposal.event.agency
        events.append(CaseClosed(time=elsewhere.closed_at, subject=event.subject, closure=closure, agency=agency))
    return NewCase(case, [disposal.row], actions, agency_events, events)


def _action(case: Case, move: Move, decision: Decision) -> Action:
    return Action(
        report=case.id,
        at=decision.at,
        move=str(move),
        by=decision.by,
        agency=case.agency,
        text=None,
        reason=decision.reason,
    )
