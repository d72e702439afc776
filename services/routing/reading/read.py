"""Reads a message: all that the desk's machine finds in it, made into one value. Pure."""

from typing import NamedTuple

from contracts.region import Region
from services.routing.domain import Assigned, CategoryAgencies, ReportPlace, choose_agency
from services.routing.reading.classify import Classified, Unsure, Vocabulary, classify, vocabulary
from services.routing.reading.reading import RULES, Candidate, Judged, Reading
from services.routing.reading.signals import Signals
from services.routing.reading.spam import SenderKind
from services.routing.wording import wording_of

MOST_CANDIDATES = 3


class Unread(NamedTuple):
    """What is told of a report that is to be read."""

    text: str
    place: str | None = None
    """The code of its place, if that is known."""
    category: str | None = None
    """The code of the category that its sender chose."""
    sender: SenderKind | None = None
    """What sent it, if that is known: a telephone number, a short code or a name."""


class MessageReader:
    """Reads messages by what a region knows; built once."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._vocabulary: Vocabulary = vocabulary(region.categories.values(), region.slang)
        self._signals = Signals.of(region)

    @classmethod
    def of(cls, region: Region) -> "MessageReader":
        return cls(region)

    def read(self, message: Unread) -> Reading:
        found = classify(message.text, self._vocabulary)
        heard = self._signals.hear(message.text, message.sender)
        return Reading(
            model=RULES,
            candidates=self._candidates(message, found),
            kind=heard.kind,
            urgency=heard.urgency,
            spam=heard.spam,
            sensitive=self._sensitive(found, heard.sensitive),
        )

    def _sensitive(self, found: Classified | Unsure, heard: Judged) -> Judged:
        """By the words for what is sensitive, or by a category that is."""
        codes = (found.category,) if isinstance(found, Classified) else found.candidates
        names = [self._region.categories[code].name for code in codes if self._region.categories[code].sensitive]
        return Judged("yes", 0.8, ", ".join(names)) if names and heard.value == "no" else heard

    def _candidates(self, message: Unread, found: Classified | Unsure) -> tuple[Candidate, ...]:
        match found:
            case Classified(code, confidence, words):
                likely = [(code, min(confidence, 0.6), ", ".join(words))]
            case Unsure(codes):
                likely = [(code, 0.2, "") for code in codes]
        if message.category is not None:
            likely.insert(0, (message.category, 0.6, ""))
        categories = {code: (confidence, words) for code, confidence, words in reversed(likely)}
        best = sorted(categories, key=lambda code: -categories[code][0])[:MOST_CANDIDATES]
        return tuple([self._candidate(code, message.place, *categories[code]) for code in best])

    def _candidate(self, code: str, place_code: str | None, confidence: float, words: str) -> Candidate:
        region = self._region
        category, place = region.categories[code], region.places.get(place_code or "")
        own = region.kecamatan_agencies if category.agency_level == "kecamatan" else {}
        where = ReportPlace(place.code, place.name, place.kecamatan_code, place.kecamatan) if place else None
        agencies = CategoryAgencies(category.code, category.agency, category.agency_by_place, own)
        chosen = choose_agency(agencies, where, wording_of(region.language))
        agency = chosen.agency if isinstance(chosen, Assigned) else region.coordinator
        return Candidate(agency, code, confidence, words or chosen.reason)
