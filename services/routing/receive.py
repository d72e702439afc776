"""Makes the case of a new report: held for an official, or opened at once."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import TypedDict

from contracts.events import Elsewhere, Location, ReportReceived
from contracts.region import Category, Region
from services.routing import feed, holding, readings, urgent
from services.routing.cases import Decision
from services.routing.domain import Move, State
from services.routing.opening import NewCase, action, open_case, recipient_of
from services.routing.place_reading import place_reader
from services.routing.reading.linear import Model
from services.routing.reading.read import MessageReader, Unread
from services.routing.reading.reading import Reading
from services.routing.reading.triage import HeldBecause, NeedsPerson, Open, triage
from services.routing.reading.where import PlaceReader
from services.routing.rules import Rules
from services.routing.tables import Case

LIKELY = 0.15
"""The confidence from which the first candidate's category is the report's until an official decides."""


class PlaceColumns(TypedDict):
    """The columns of a case that say where it is; see `reading.where`."""

    place: str | None
    place_from: str | None
    place_other: str | None


class ReportReader:
    """Finds the place of reports, and reads them; built once from a region."""

    def __init__(self, region: Region, model: Model | None = None) -> None:
        self.places: PlaceReader = place_reader(region)
        self._region, self._model = region, model
        self.reader = MessageReader.of(region, model)

    def with_model(self, model: Model | None) -> "ReportReader":
        """This reader if it reads by this model, else one that does, with the same places."""
        if model is self._model:
            return self
        other = copy(self)
        other._model, other.reader = model, MessageReader.of(self._region, model)
        return other

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

    def is_plain(self, words: str) -> bool:
        """Whether these words, added to a public report, may be public without a person who looks at them first."""
        found = self.reader.read(Unread(words))
        return found.sensitive.value == "no" and found.spam.value == "none" and not found.suspected

    def read(self, event: ReportReceived, text: str, place: str | None, rules: Rules, now: datetime) -> Reading:
        chosen = event.category if _chosen(event, rules) else None
        today, sent = rules.region.day_of(now), rules.region.day_of(event.time)
        return self.reader.read(Unread(text, place, chosen, event.sender_kind, today, sent))


def _chosen(event: ReportReceived, rules: Rules) -> bool:
    """Whether the report came with a category: one that can be filed, or any if a person has read the report."""
    known = event.category in rules.region.categories
    return known and (event.reviewed is True or rules.offers(event.category, event.time))


def receive(event: ReportReceived, reader: ReportReader, rules: Rules, now: datetime) -> NewCase:
    text = event.text.replace("\0", "")  # PostgreSQL cannot store NUL
    place = reader.place_of(event)
    reading = reader.read(event, text, place["place"], rules, now)
    category = _category(event, reading, rules)
    sensitive = reading.sensitive.value != "no" or category.sensitive
    # Only an official who has read it may decide that something sensitive is public.
    confidential = event.confidential is True or (
        sensitive and not (event.confidential is False and event.reviewed is True)
    )
    # What was brought from elsewhere is over.
    is_urgent = event.elsewhere is None and urgent.is_urgent(reading)
    case = Case(
        id=event.report,
        status=State.received,
        kind=str(event.kind or reading.kind.value),
        channel=str(event.channel),
        category=category.code,
        text=text,
        **place,
        place_hint=event.place and event.place.replace("\0", ""),
        lat=event.lat,
        long=event.long,
        address=event.address and event.address.replace("\0", ""),
        anonymous=event.anonymous,
        confidential=confidential,
        received_at=event.time,
        updated_at=now,
        reading=readings.written(reading),
        repeats=None if event.repeats is None else str(event.repeats),
        urgent=is_urgent,
        urgent_for=urgent.agency_to_tell(reading) if is_urgent else None,
    )
    made = _decide(case, event, reading, category, sensitive, rules, now)
    if is_urgent:
        alarm = urgent.alarm(made.case, Decision("machine", now, reading.urgency.reason))
        made.actions.append(alarm.entry)
        made.agency_events.extend(alarm.events)
    return made


def _decide(
    case: Case,
    event: ReportReceived,
    reading: Reading,
    category: Category,
    sensitive: bool,
    rules: Rules,
    now: datetime,
) -> NewCase:
    """The case once it is held or open; `sensitive`: its words or its category are."""
    match triage(
        reading,
        bar=rules.region.bar,
        valid=not event.unsure and _is_offered(reading, rules, event.time),
        sensitive=sensitive,
        policy=category.verify,
        reviewed=event.reviewed is True,
        repeats=event.repeats is not None,
        given=_is_given(event, rules),
    ):
        case NeedsPerson(because) as held:
            return _hold(case, rules, Decision("machine", now, held.reason), because, event.elsewhere)
        case Open(by, candidate):
            recipient = None if candidate is None else recipient_of(candidate, reading.model, case, rules, now)
            return open_case(case, rules, Decision(by, now), event.elsewhere, recipient)


def _category(event: ReportReceived, reading: Reading, rules: Rules) -> Category:
    """The category that was filed, else that of the first candidate if that is more than a guess, else the default."""
    if _chosen(event, rules):
        return rules.category(event.category)
    likely = [each.category for each in reading.candidates[:1] if each.confidence >= LIKELY]
    return rules.category(next((code for code in likely if rules.offers(code, event.time)), None))


def _is_given(event: ReportReceived, rules: Rules) -> bool:
    """Whether the officials of its source chose a category and gave it to an agency of ours."""
    told = event.elsewhere
    return told is not None and told.agency in rules.region.agencies and not event.unsure


def _is_offered(reading: Reading, rules: Rules, at: datetime) -> bool:
    """Whether the first candidate's category could be filed on this day."""
    return bool(reading.candidates) and rules.offers(reading.candidates[0].category, at)


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
