"""What a new report becomes: a case that is held for a person, or one verified, disposed and perhaps closed at once."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from contracts.events import CaseClosed, Closure, Event, Kind, ReportReceived
from contracts.region import Category, Region
from services.routing import disclosure, feed
from services.routing.cases import Decision
from services.routing.disposal import dispose
from services.routing.domain import Assigned, Move, State
from services.routing.feed_tables import AgencyEvent
from services.routing.reading.classify import Classified, Unsure, Vocabulary, classify, kind_of, vocabulary
from services.routing.reading.places import Ambiguous, Found, Gazetteer, NoPlace, find
from services.routing.reading.triage import NeedsPerson, Open, triage
from services.routing.rules import Rules
from services.routing.tables import Action, Case, Disposition


class Received(NamedTuple):
    """The rows and the events of one new report."""

    case: Case
    dispositions: list[Disposition]
    actions: list[Action]
    told: list[AgencyEvent]
    events: list[Event]


class Subject(NamedTuple):
    """What a report is about, as far as its words and its sender tell."""

    category: Category
    sensitive: bool
    confident: bool


class Reading:
    """What is built once from a region in order to read reports."""

    def __init__(self, region: Region) -> None:
        self.gazetteer: Gazetteer = Gazetteer.of(region.places.values(), region.common_names)
        self.vocabulary: Vocabulary = vocabulary(region.categories.values(), region.slang)

    def place_of(self, event: ReportReceived) -> str | None:
        """The place's code where it is certain: what the sender called it, else the address, else the words."""
        for words in (event.place, event.address, event.text):
            if not words:
                continue
            match find(words, self.gazetteer):
                case Found(place):
                    return place.code
                case Ambiguous(_, kecamatan):
                    return kecamatan.code if kecamatan else None
                case NoPlace():
                    continue
        return None

    def subject_of(self, event: ReportReceived, rules: Rules) -> Subject:
        given = rules.region.categories.get(event.category or "")
        if given is not None and event.official:
            return Subject(given, given.sensitive, confident=True)
        match classify(event.text, self.vocabulary):
            case Classified(code):
                spoken: tuple[str, ...] = (code,)
                about = given or rules.category(code)
                confident = True
            case Unsure(candidates):
                spoken = candidates
                about = given or rules.category(None)
                confident = given is not None
        # A sensitive word counts whatever box was ticked: publishing is worse than looking.
        sensitive = any(rules.category(code).sensitive for code in spoken)
        return Subject(about, sensitive or about.sensitive, confident)


def receive(event: ReportReceived, reading: Reading, rules: Rules, now: datetime) -> Received:
    text = event.text.replace("\0", "")  # PostgreSQL has no place for it
    subject = reading.subject_of(event, rules)
    # Only an official may decide that something sensitive is public.
    confidential = event.confidential is True or (
        subject.sensitive and not (event.confidential is False and event.official)
    )
    case = Case(
        id=event.report,
        status=State.received,
        kind=str(event.kind or Kind(kind_of(text))),
        channel=str(event.channel),
        category=subject.category.code,
        text=text,
        place=reading.place_of(event),
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
        sensitive=subject.sensitive,
        confident=subject.confident,
        policy=subject.category.verify,
    ):
        case NeedsPerson(reason):
            return _held(case, rules, Decision("machine", now, reason))
        case Open(by):
            return _opened(case, event, rules, Decision(by, now))


def _held(case: Case, rules: Rules, decision: Decision) -> Received:
    case.status = State.held
    case.held_reason = decision.reason
    case.due_at = case.wake_at = rules.verify_by(case.category, decision.at)
    held = _action(case, Move.hold, decision)
    return Received(case, [], [held], feed.about(held, case, case.status), [])


def _opened(case: Case, event: ReportReceived, rules: Rules, decision: Decision) -> Received:
    before = event.elsewhere
    over = before is not None and before.closed_at is not None
    to = rules.answering(case.category, case.place, decision.at)
    if before is not None and before.agency in rules.region.agencies:
        to = Assigned(before.agency or "", rules.words.elsewhere)
    # What ended long ago had its deadline long ago.
    clock_from = event.time if over else None
    disposal = dispose(rules, case, to, "machine", decision.at, clock_from=clock_from)
    case = replace(case, status=State.disposed, verified_at=decision.at, **disposal.change)
    given = Decision("machine", decision.at, to.reason)
    actions = [_action(case, Move.verify, decision), _action(case, Move.dispose, given)]
    told = feed.about(actions[-1], case, case.status)
    facts: list[Event] = [disclosure.opened(rules, case, decision.at, decision.by), disposal.event]
    if before is not None and before.closed_at is not None:
        closure = before.closure or Closure.explained
        case.status, case.closed_at, case.closure, case.wake_at = State.closed, before.closed_at, str(closure), None
        told = []  # nothing is left for the agency to do
        ended = Decision("machine", before.closed_at, rules.words.closed_elsewhere)
        actions.append(_action(case, Move.close, ended))
        agency = disposal.event.agency
        facts.append(CaseClosed(time=before.closed_at, subject=event.subject, closure=closure, agency=agency))
    return Received(case, [disposal.row], actions, told, facts)


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
