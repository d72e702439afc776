"""Makes the case of a new report: held for an official, or opened at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypedDict

from contracts.events import Elsewhere, Kind, Location, ReportReceived
from contracts.region import Category, Region
from services.routing import feed, holding
from services.routing.cases import Decision
from services.routing.domain import Move, State
from services.routing.opening import NewCase, action, open_case
from services.routing.reading.classify import Classified, Unsure, Vocabulary, classify, kind_of, vocabulary
from services.routing.reading.triage import HeldBecause, NeedsPerson, Open, triage
from services.routing.reading.where import PlaceReader
from services.routing.rules import Rules
from services.routing.tables import Case


class ReportTopic(NamedTuple):
    """The category of a report, by its words and its sender."""

    category: Category
    sensitive: bool
    confident: bool


class PlaceColumns(TypedDict):
    """The columns of a case that say where it is; see `reading.where`."""

    place: str | None
    place_from: str | None
    place_other: str | None


class ReportReader:
    """Finds the place and category of reports; built once from a region."""

    def __init__(self, region: Region) -> None:
        outlines = {code: outline.geometry for code, outline in region.outlines.items()}
        self.places: PlaceReader = PlaceReader.of(
            region.places.values(), region.common_names, outlines, region.nearest_place_km
        )
        self.vocabulary: Vocabulary = vocabulary(region.categories.values(), region.slang)

    def place_of(self, event: ReportReceived) -> PlaceColumns:
        """The place, if it is certain: by the sender's own name for it, the coordinates, the address and the text."""
        return self._place_by(event.place, (event.address, event.text), event.lat, event.long)

    def place_in(self, location: Location, text: str) -> PlaceColumns:
        """As `place_of`, by what was told of the location and by the report's text."""
        return self._place_by(location.place, (location.address, text), location.lat, location.long)

    def _place_by(
        self, named: str | None, words: tuple[str | None, str], lat: float | None, long: float | None
    ) -> PlaceColumns:
        found = self.places.read(named, words, lat, long)
        return PlaceColumns(place=found.place, place_from=found.known_by, place_other=found.other)

    def is_sensitive(self, words: str, rules: Rules) -> bool:
        """Whether a person must read these words before they are public."""
        match classify(words, self.vocabulary):
            case Classified(code):
                return rules.category(code).sensitive
            case Unsure(candidates):
                return any(rules.category(code).sensitive for code in candidates)

    def topic_of(self, event: ReportReceived, rules: Rules) -> ReportTopic:
        event_category = rules.region.categories.get(event.category or "")
        if event_category is not None and event.reviewed:
            return ReportTopic(event_category, event_category.sensitive, confident=True)
        if not rules.offers(event.category, event.time):
            event_category = None
        match classify(event.text, self.vocabulary):
            case Classified(code):
                codes: tuple[str, ...] = (code,)
                # A person decides what becomes of a report whose words name a category that has ended.
                is_offered = rules.offers(code, event.time)
                category = event_category or rules.category(code if is_offered else None)
                confident = (is_offered or event_category is not None) and not event.unsure
            case Unsure(candidates):
                codes = candidates
                category = event_category or rules.category(None)
                confident = event_category is not None and not event.unsure
        # A sensitive word counts whatever category was filed: to publish by mistake is worse than to hold.
        sensitive = any(rules.category(code).sensitive for code in codes)
        return ReportTopic(category, sensitive or category.sensitive, confident)


def receive(event: ReportReceived, reader: ReportReader, rules: Rules, now: datetime) -> NewCase:
    text = event.text.replace("\0", "")  # PostgreSQL cannot store NUL
    topic = reader.topic_of(event, rules)
    # Only an official who has read it may decide that something sensitive is public.
    confidential = event.confidential is True or (
        topic.sensitive and not (event.confidential is False and event.reviewed is True)
    )
    case = Case(
        id=event.report,
        status=State.received,
        kind=str(event.kind or Kind(kind_of(text))),
        channel=str(event.channel),
        category=topic.category.code,
        text=text,
        **reader.place_of(event),
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
        reviewed=event.reviewed is True,
        sensitive=topic.sensitive,
        confident=topic.confident,
        policy=topic.category.verify,
        repeats=event.repeats is not None,
    ):
        case NeedsPerson(because) as held:
            return _hold(case, rules, Decision("machine", now, held.reason), because, event.elsewhere)
        case Open(by):
            return open_case(case, rules, Decision(by, now), event.elsewhere)


def _hold(
    case: Case, rules: Rules, decision: Decision, because: Sequence[HeldBecause], elsewhere: Elsewhere | None
) -> NewCase:
    case.status = State.held
    case.held_reason, case.held_because = decision.reason, holding.stored(because)
    vars(case).update(rules.verify_by(case.category, decision.at))
    if elsewhere is not None:  # history waits for the desk without a clock: an import escalates nothing by itself
        case.elsewhere, case.wake_at = elsewhere.model_dump_json(), None
    held = action(case, Move.hold, decision)
    is_over = elsewhere is not None and elsewhere.closed_at is not None
    return NewCase(case, [], [held], [] if is_over else feed.events_of(held, case, case.status), [])
