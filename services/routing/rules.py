"""The region's rules that routing uses: agencies, deadlines, places and categories."""

from datetime import datetime
from functools import cached_property, lru_cache
from typing import TypedDict

from contracts import events
from contracts.region import Category, Clock, Region, RegionPlace
from contracts.region.calendar import calendar_of
from contracts.region.contacts import accounts, emails, phones
from services.routing.clocks import Deadlines
from services.routing.domain import Assigned, CategoryAgencies, ReportPlace, Unroutable, choose_agency
from services.routing.place_reading import place_reader
from services.routing.reading.personal import PersonalData
from services.routing.reading.redact import Offices
from services.routing.reading.where import PlaceReader
from services.routing.wording import Phrase, say, wording_of


class Running(TypedDict):
    """The columns of a case whose clock was started: its deadline, and what it was computed from, if it was."""

    due_at: datetime
    wake_at: datetime | None
    clock_from: datetime | None
    clock_days: int | None
    clock_due: datetime | None


class Rules:
    def __init__(self, region: Region) -> None:
        self.region = region
        self.zone = region.zone
        self.words = wording_of(region.language)
        self._deadlines = Deadlines(calendar_of(region))
        known = region.contacts
        self.offices = Offices(phones(known, region.phone_country), emails(known), accounts(known))
        """What stays readable in answers."""
        self.personal = PersonalData.of(region)
        self.masked = lru_cache(maxsize=4096)(lambda words: self.personal.redact(words, self.offices))
        """The words of a disposal's reason for the public: nearly all are the machine's, which has a few hundred."""
        self._chosen = lru_cache(maxsize=8192)(self._choose)
        self._public_place = lru_cache(maxsize=8192)(self._make_public_place)
        self._day_of = lru_cache(maxsize=64)(region.day_of)  # a batch of events is handled at one time

    def say(self, phrase: Phrase) -> str:
        """The phrase in the region's language."""
        return say(phrase, self.region.language)

    def category(self, code: str | None) -> Category:
        """The category of this code; the default category if the region does not have it (any more)."""
        categories = self.region.categories
        return categories.get(code or "") or categories[self.region.default_category]

    def place(self, code: str | None) -> RegionPlace | None:
        return self.region.places.get(code) if code else None

    def public_place(self, code: str | None) -> events.Place | None:
        return self._public_place(code) if code else None

    @cached_property
    def places(self) -> PlaceReader:
        """What names and coordinates of places mean; made when it is first asked for."""
        return place_reader(self.region)

    def placeless(self, agency: str) -> str:
        """The agency, or its nearest parent that does not govern one place: its name does not show the place."""
        unit = self.region.agencies.get(agency)
        while unit is not None and unit.place is not None:
            unit = self.region.agencies.get(unit.parent or self.region.coordinator)
        return unit.id if unit else self.region.coordinator

    def exists(self, id: str | None, now: datetime) -> bool:
        """Whether the region has an agency of this id on this day."""
        agency = self.region.agencies.get(id or "")
        return agency is not None and agency.is_valid(self._day_of(now))

    def offers(self, code: str | None, now: datetime) -> bool:
        """Whether the region has a category of this code that has not ended on this day."""
        category = self.region.categories.get(code or "")
        return category is not None and (category.valid_to is None or category.is_offered(self._day_of(now)))

    def agency_for(self, category: str, place: str | None, now: datetime) -> Assigned:
        """The agency that answers on this day; the coordinator if none does, or if it does not exist on that day."""
        chosen, coordinator = self._chosen(category, place), self.region.coordinator
        if chosen.agency == coordinator or self.exists(chosen.agency, now):
            return chosen
        not_today = self.words.not_today.format(agency=chosen.agency)
        return Assigned(coordinator, f"{chosen.reason}, {not_today}, {self.words.coordinator}")

    def verify_by(self, category: str, start: datetime) -> Running:
        return self._run(start, self._clock(category).verify)

    def respond_by(self, category: str, start: datetime) -> Running:
        return self._run(start, self._clock(category).respond)

    def due(self, start: datetime, days: int) -> datetime:
        """The deadline of so many working days, by the calendar of today."""
        return self._deadlines.after(start, days)

    def silent_at(self, category: str, start: datetime) -> datetime:
        """When the report closes if the reporter says nothing to the response."""
        return self._deadlines.after(start, self._clock(category).silence)

    def _run(self, start: datetime, days: int) -> Running:
        due_at = self.due(start, days)
        return Running(due_at=due_at, wake_at=due_at, clock_from=start, clock_days=days, clock_due=due_at)

    def _clock(self, category: str) -> Clock:
        return self.region.clocks[self.category(category).clock]

    def _make_public_place(self, code: str) -> events.Place | None:
        place = self.place(code)
        return events.Place(code=place.code, name=place.name, kecamatan=place.kecamatan) if place else None

    def _choose(self, code: str, place_code: str | None) -> Assigned:
        """The agency by the rules, on any day; the coordinator if no agency answers."""
        category, place = self.category(code), self.place(place_code)
        own = self.region.kecamatan_agencies if category.agency_level == "kecamatan" else {}
        report_place = ReportPlace(place.code, place.name, place.kecamatan_code, place.kecamatan) if place else None
        agencies = CategoryAgencies(category.code, category.agency, category.agency_by_place, own)
        match choose_agency(agencies, report_place, self.words):
            case Assigned() as assigned:
                return assigned
            case Unroutable(reason):
                return Assigned(self.region.coordinator, f"{reason}, {self.words.coordinator}")
