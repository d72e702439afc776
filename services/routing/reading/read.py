"""Reads a message: all that the desk's machine finds in it, made into one value. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from contracts.region import Category, Region
from services.routing.domain import Assigned, CategoryAgencies, ReportPlace, choose_agency
from services.routing.reading.beliefs import RULES
from services.routing.reading.candidates import MOST, CandidateFinder
from services.routing.reading.clues import FoundClues
from services.routing.reading.linear import Model
from services.routing.reading.personal import PersonalData
from services.routing.reading.reading import Candidate, Judged, Reading
from services.routing.reading.signals import Signals
from services.routing.wording import wording_of


class Unread(NamedTuple):
    """What is told of a report that is to be read."""

    text: str
    place: str | None = None
    """The code of its place, if that is known."""
    category: str | None = None
    """The code of the category that its sender chose."""
    sender: str | None = None
    """What sent it, if that is known: number, short-code or name."""
    on: date | None = None
    """The day in the region: an agency that does not exist on it is no candidate."""
    sent: date | None = None
    """The day on which it was sent: who was in office then may be named."""


class MessageReader:
    """Reads messages by what a region and its model know; built once."""

    def __init__(self, region: Region, finder: CandidateFinder) -> None:
        self._region, self._finder = region, finder
        self._signals = Signals.of(region)
        self._personal = PersonalData.of(region)

    @classmethod
    def of(cls, region: Region, model: Model | None = None) -> "MessageReader":
        """`model`: of the region; without one its rules alone find candidates."""
        return cls(region, CandidateFinder(region, model))

    @property
    def model(self) -> str:
        """The id of the model that reads."""
        return self._finder.model.id

    def read(self, message: Unread) -> Reading:
        text, finder = message.text, self._finder
        # What the sender chose must not make a trained model sure: its confidence was measured without it.
        found = finder.clues.of(text, message.category if self.model == RULES else None)
        outcome = finder.model.outcome(text, found.extra)
        candidates = finder.of_outcome(outcome, found, message.place, message.on)
        told = {name: outcome.probabilities(name) for name in ("kind", "spam") if name in finder.model.heads}
        heard = self._signals.hear(text, message.sender, told)
        return Reading(
            model=self.model,
            candidates=self._chosen_first(candidates, message),
            kind=heard.kind,
            urgency=heard.urgency,
            spam=heard.spam,
            sensitive=self._sensitive(found, heard.sensitive),
            suspected=self._personal.suspects(text, message.sent),
        )

    def _sensitive(self, found: FoundClues, heard: Judged) -> Judged:
        """By the words for what is sensitive, or by a category that is."""
        named = [self._region.categories[code] for code in found.phrases]
        names = [category.name for category in named if category.sensitive]
        return Judged("yes", 0.8, ", ".join(names)) if names and heard.value == "no" else heard

    def _chosen_first(self, candidates: Sequence[Candidate], message: Unread) -> tuple[Candidate, ...]:
        """The candidates; if the sender chose a category, its agency first, as sure as the model is of that one."""
        category = self._region.categories.get(message.category or "")
        if category is None:
            return tuple(candidates)
        chosen = self._answering(category, message.place)
        theirs = next((each for each in candidates if each.agency == chosen.agency), None)
        first = Candidate(chosen.agency, category.code, theirs.confidence if theirs else 0.0, chosen.reason)
        return (first, *[each for each in candidates if each is not theirs])[:MOST]

    def _answering(self, category: Category, code: str | None) -> Assigned:
        """The agency that answers for a category in a place, by the region's rules."""
        region, place = self._region, self._region.places.get(code or "")
        own = region.kecamatan_agencies if category.agency_level == "kecamatan" else {}
        where = ReportPlace(place.code, place.name, place.kecamatan_code, place.kecamatan) if place else None
        agencies = CategoryAgencies(category.code, category.agency, category.agency_by_place, own)
        chosen = choose_agency(agencies, where, wording_of(region.language))
        return chosen if isinstance(chosen, Assigned) else Assigned(region.coordinator, chosen.reason)
