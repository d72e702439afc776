"""Decides where a report is about, by what its sender called the place, its words and its coordinates.

What the sender named as the place counts first: somebody may write at home of a road elsewhere. Then the outline that
holds the coordinates, which are measured, while a name in the words may be of another thing. Then the words, and last
the nearest centre, which may be of a neighbour. A finer place inside a coarser one is no contradiction: the finer
counts. What contradicts the place is kept beside it, for a person to see; coordinates within a kilometre of the place
that was named contradict nothing, since phones and outlines are that inexact.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self

from services.routing.reading.place_map import CentredListed, PlaceMap, PointPlace
from services.routing.reading.places import (
    Ambiguous,
    Gazetteer,
    GazetteerPlace,
    NoPlace,
    SinglePlace,
    find,
    named,
)

_CONTRADICTS_FROM_KM = 1.0


class Whereabouts(NamedTuple):
    """The place of a report by its code, and by which of `PlaceFrom` it is known; `other`: what contradicts it."""

    place: str | None = None
    known_by: str | None = None
    other: str | None = None


class PlaceReader(NamedTuple):
    gazetteer: Gazetteer
    map: PlaceMap

    @classmethod
    def of(
        cls,
        listed: Iterable[CentredListed],
        common: Iterable[str] = (),
        outlines: Mapping[str, str] | None = None,
        nearest_km: float | None = None,
    ) -> Self:
        places = list(listed)
        return cls(Gazetteer.of(places, common), PlaceMap(places, outlines or {}, nearest_km))

    def read(
        self, called: str | None, words: Iterable[str | None], lat: float | None = None, long: float | None = None
    ) -> Whereabouts:
        """Where it is, if that is certain. `called`: the sender's own name; of `words` the first that name a place."""
        point = None if lat is None or long is None else self.map.at(lat, long)
        here = _Here(self, point, lat or 0.0, long or 0.0)
        if not isinstance(own := self._called(called), NoPlace):
            return here.settle(own, "sender")
        said = self._first(words)
        if point is None or (not point.drawn and not isinstance(said, NoPlace)):
            return here.settle(said, "words")
        other = _certain(said)
        return Whereabouts(point.code, _by(point), other if other and here.contradicts(other) else None)

    def candidates(self, called: str | None, words: Iterable[str | None]) -> tuple[GazetteerPlace, ...]:
        """The places that the sender's own name, else the words, may mean, where they mean several; in no order."""
        own = self._called(called)
        match self._first(words) if isinstance(own, NoPlace) else own:
            case Ambiguous(candidates):
                return candidates
            case _:
                return ()

    def _called(self, name: str | None) -> SinglePlace | Ambiguous | NoPlace:
        return named(name, self.gazetteer) if name else NoPlace()

    def _first(self, texts: Iterable[str | None]) -> SinglePlace | Ambiguous | NoPlace:
        found = (find(text, self.gazetteer) for text in texts if text)
        return next((each for each in found if not isinstance(each, NoPlace)), NoPlace())


class _Here(NamedTuple):
    """The coordinates of a report, and the place that they lie in."""

    reader: PlaceReader
    point: PointPlace | None
    lat: float
    long: float

    def settle(self, said: SinglePlace | Ambiguous | NoPlace, known_by: str) -> Whereabouts:
        """The place that a name says, made finer or, if several have the name, decided by the coordinates."""
        point, code = self.point, _certain(said)
        if code is None:
            return Whereabouts(point.code, _by(point)) if point else Whereabouts()
        if point is not None and self.contradicts(code):
            return Whereabouts(code, known_by, point.code)
        if point is not None and self._is_inside(point.code, code):
            return Whereabouts(point.code, _by(point))
        return Whereabouts(code, known_by)

    def contradicts(self, code: str) -> bool:
        """Whether the coordinates lie in another place, and more than a kilometre from this one."""
        if self.point is None or self._agree(code, self.point.code):
            return False
        km = self.reader.map.km_to(code, self.lat, self.long)
        return km is None or km > _CONTRADICTS_FROM_KM

    def _agree(self, code: str, other: str) -> bool:
        """Whether they are the same place, or one is the kecamatan of the other."""
        first, second = (self.reader.gazetteer.by_code[each] for each in (code, other))
        return first == second or (
            first.kecamatan_code == second.kecamatan_code and (first.is_kecamatan or second.is_kecamatan)
        )

    def _is_inside(self, code: str, kecamatan: str) -> bool:
        by_code = self.reader.gazetteer.by_code
        return by_code[kecamatan].is_kecamatan and code != kecamatan and by_code[code].kecamatan_code == kecamatan


def _certain(said: SinglePlace | Ambiguous | NoPlace) -> str | None:
    match said:
        case SinglePlace(place) | Ambiguous(_, GazetteerPlace() as place):
            return place.code
        case _:
            return None


def _by(point: PointPlace) -> str:
    return "coordinates" if point.drawn else "nearest"
