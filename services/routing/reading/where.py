"""Decides where a report is about, by what its sender called the place, its words and its coordinates.

What the sender named as the place counts first: somebody may write at home of a road elsewhere. Then the outline that
holds the coordinates, which are measured, while a name in the words may be of another thing. Then the words, and last
the nearest centre, which may be of a neighbour. A finer place inside a coarser one is no contradiction: the finer
counts. What contradicts the place is kept beside it, for a person to see.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from math import cos, radians
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from services.routing.reading.places import (
    Ambiguous,
    Gazetteer,
    GazetteerPlace,
    ListedPlace,
    NoPlace,
    SinglePlace,
    find,
)

if TYPE_CHECKING:
    import shapely

_KM_PER_DEGREE = 111.2


class CentredListed(ListedPlace, Protocol):
    """A place as the region lists it, with its centre in degrees, if it has one."""

    @property
    def lat(self) -> float | None: ...
    @property
    def long(self) -> float | None: ...


class PointPlace(NamedTuple):
    """The place of coordinates; `drawn`: they lie in its outline, else its centre is the nearest."""

    code: str
    drawn: bool


class Whereabouts(NamedTuple):
    """The place of a report by its code, and by which of `PlaceFrom` it is known; `other`: what contradicts it."""

    place: str | None = None
    known_by: str | None = None
    other: str | None = None


class PlaceMap:
    """Finds the place of coordinates, in some 40 microseconds. Built for the first ones, in a third of a second:
    most reports have none, and to load the library of shapes would make each start slower."""

    def __init__(
        self, listed: Iterable[CentredListed], outlines: Mapping[str, str], nearest_km: float | None = None
    ) -> None:
        """`outlines`: GeoJSON geometries by code; `nearest_km`: how far a centre may be, null for never."""
        places = list(listed)
        coarse = {place.kecamatan_code for place in places if place.code != place.kecamatan_code}
        # A desa before its kecamatan, and then by the order of the list: at a common border the first of both counts.
        drawn = sorted((place for place in places if place.code in outlines), key=lambda each: each.code in coarse)
        self._drawn = [place.code for place in drawn]
        self._outlines = [outlines[code] for code in self._drawn]
        centred = [
            (place.code, place.lat, place.long)
            for place in places
            if place.code not in outlines
            and place.code not in coarse
            and place.lat is not None
            and place.long is not None
        ]
        self._centred = [code for code, _, _ in centred] if nearest_km is not None else []
        self._degrees = [(lat, long) for _, lat, long in centred]
        self._shrunk = cos(radians(centred[0][1])) if centred else 1.0
        self._nearest_km = nearest_km or 0.0

    @cached_property
    def _shapes(self) -> "shapely.STRtree":
        import shapely

        return shapely.STRtree(shapely.from_geojson(self._outlines))

    @cached_property
    def _centres(self) -> "shapely.STRtree":
        import shapely

        return shapely.STRtree([self._flat(lat, long) for lat, long in self._degrees])

    def at(self, lat: float, long: float) -> PointPlace | None:
        """The place of these coordinates: by its outline, or else by the nearest centre of a place without one."""
        import shapely

        if self._drawn:
            hits = self._shapes.query(shapely.Point(long, lat), predicate="intersects")
            if len(hits):
                return PointPlace(self._drawn[min(hits)], drawn=True)
        if self._centred:
            point = self._flat(lat, long)
            hits = self._centres.query_nearest(point, max_distance=self._nearest_km, all_matches=True)
            if len(hits):
                return PointPlace(self._centred[min(hits)], drawn=False)
        return None

    def _flat(self, lat: float, long: float) -> "shapely.Point":
        """In kilometres on a plane, true enough for the size of a regency."""
        import shapely

        return shapely.Point(long * self._shrunk * _KM_PER_DEGREE, lat * _KM_PER_DEGREE)


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
        self, named: str | None, words: Iterable[str | None], lat: float | None = None, long: float | None = None
    ) -> Whereabouts:
        """Where it is, if that is certain. `named`: the sender's own name; of `words` the first that name a place."""
        point = None if lat is None or long is None else self.map.at(lat, long)
        if not isinstance(own := self._first([named]), NoPlace):
            return self._settle(own, "sender", point)
        said = self._first(words)
        if point is None or (not point.drawn and not isinstance(said, NoPlace)):
            return self._settle(said, "words", point)
        other = _certain(said)
        return Whereabouts(point.code, _by(point), other if other and not self._agree(other, point.code) else None)

    def _first(self, texts: Iterable[str | None]) -> SinglePlace | Ambiguous | NoPlace:
        found = (find(text, self.gazetteer) for text in texts if text)
        return next((each for each in found if not isinstance(each, NoPlace)), NoPlace())

    def _settle(self, said: SinglePlace | Ambiguous | NoPlace, known_by: str, point: PointPlace | None) -> Whereabouts:
        """The place that a name says, made finer or, if several have the name, decided by the coordinates."""
        code = _certain(said)
        if code is None:
            return Whereabouts(point.code, _by(point)) if point else Whereabouts()
        if point is not None and not self._agree(code, point.code):
            return Whereabouts(code, known_by, point.code)
        if point is not None and code != point.code and self.gazetteer.by_code[code].is_kecamatan:
            return Whereabouts(point.code, _by(point))
        return Whereabouts(code, known_by)

    def _agree(self, code: str, other: str) -> bool:
        """Whether they are the same place, or one is the kecamatan of the other."""
        first, second = self.gazetteer.by_code[code], self.gazetteer.by_code[other]
        return first == second or (
            first.kecamatan_code == second.kecamatan_code and (first.is_kecamatan or second.is_kecamatan)
        )


def _certain(said: SinglePlace | Ambiguous | NoPlace) -> str | None:
    match said:
        case SinglePlace(place) | Ambiguous(_, GazetteerPlace() as place):
            return place.code
        case _:
            return None


def _by(point: PointPlace) -> str:
    return "coordinates" if point.drawn else "nearest"
