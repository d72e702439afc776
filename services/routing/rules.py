"""A region's rules as routing asks them: who answers, until when, and what a place or category is."""

from datetime import datetime
from functools import lru_cache

from contracts import events
from contracts.region import Category, Clock, Region, RegionPlace
from contracts.region.calendar import calendar_of
from services.routing.clocks import Deadlines
from services.routing.domain import Answering, Assigned, Spot, Unroutable, dispose
from services.routing.wording import Phrase, say, wording_of


class Rules:
    def __init__(self, region: Region) -> None:
        self.region = region
        self.zone = region.zone
        self.words = wording_of(region.language)
        self._deadlines = Deadlines(calendar_of(region))
        self._chosen = lru_cache(maxsize=8192)(self._choose)

    def say(self, phrase: Phrase) -> str:
        """The phrase in the region's language."""
        return say(phrase, self.region.language)

    def category(self, code: str | None) -> Category:
        """The category of this code; the default one where the region does not know it (any more)."""
        categories = self.region.categories
        return categories.get(code or "") or categories[self.region.default_category]

    def place(self, code: str | None) -> RegionPlace | None:
        return self.region.places.get(code) if code else None

    def public_place(self, code: str | None) -> events.Place | None:
        place = self.place(code)
        return events.Place(code=place.code, name=place.name, kecamatan=place.kecamatan) if place else None

    def placeless(self, agency: str) -> str:
        """The agency, or the nearest above it that does not govern one place and so does not tell it."""
        known = self.region.agencies.get(agency)
        while known is not None and known.place is not None:
            known = self.region.agencies.get(known.parent or self.region.coordinator)
        return known.id if known else self.region.coordinator

    def exists(self, agency: str | None, now: datetime) -> bool:
        """Whether there is such an agency on this day."""
        known = self.region.agencies.get(agency or "")
        return known is not None and known.is_valid(now.astimezone(self.zone).date())

    def answering(self, category: str, place: str | None, now: datetime) -> Assigned:
        """Who answers on this day; the coordinator where nobody does, or where who should is no agency on it."""
        to, coordinator = self._chosen(category, place), self.region.coordinator
        if to.agency == coordinator or self.exists(to.agency, now):
            return to
        gone = self.words.not_today.format(agency=to.agency)
        return Assigned(coordinator, f"{to.reason}, {gone}, {self.words.coordinator}")

    def verify_by(self, category: str, start: datetime) -> datetime:
        return self._deadlines.after(start, self._clock(category).verify)

    def respond_by(self, category: str, start: datetime) -> datetime:
        return self._deadlines.after(start, self._clock(category).respond)

    def silent_at(self, category: str, start: datetime) -> datetime:
        """When a response to which nobody says a word closes the report."""
        return self._deadlines.after(start, self._clock(category).silence)

    def _clock(self, category: str) -> Clock:
        return self.region.clocks[self.category(category).clock]

    def _choose(self, code: str, place_code: str | None) -> Assigned:
        """Who answers by the rules, whatever the day; the coordinator where nobody does."""
        category, place = self.category(code), self.place(place_code)
        own = self.region.kecamatan_agencies if category.agency_level == "kecamatan" else {}
        spot = Spot(place.code, place.name, place.kecamatan_code, place.kecamatan) if place else None
        answering = Answering(category.code, category.agency, category.agency_by_place, own)
        match dispose(answering, spot, self.words):
            case Assigned() as assigned:
                return assigned
            case Unroutable(reason):
                return Assigned(self.region.coordinator, f"{reason}, {self.words.coordinator}")
