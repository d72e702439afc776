"""Where places lie: the place of coordinates, and how far coordinates are from a place."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from math import cos, radians
from typing import TYPE_CHECKING, NamedTuple, Protocol

from services.routing.reading.gazetteer import ListedPlace

if TYPE_CHECKING:
    import shapely
    from shapely.geometry.base import BaseGeometry

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
        self._all_centres = {p.code: (p.lat, p.long) for p in places if p.lat is not None and p.long is not None}
        self._shrunk = cos(radians(next(iter(self._all_centres.values()), (0.0,))[0]))
        self._parts = _parts(places, outlines)
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

    def km_to(self, code: str, lat: float, long: float) -> float | None:
        """How far the coordinates are from a place, in kilometres: from its outline, else from its centre; 0 inside.

        A kecamatan without an outline is where its desa are. Null for a place that the region does not draw or centre.
        """
        import shapely

        shapes = [self._flat_shapes[part] for part in self._parts.get(code, ()) if part in self._flat_shapes]
        point = self._flat(lat, long)
        return min((float(shapely.distance(shape, point)) for shape in shapes), default=None)

    @cached_property
    def _flat_shapes(self) -> "Mapping[str, BaseGeometry]":
        """The outline of each place in kilometres on a plane, or its centre."""
        import shapely

        drawn = shapely.from_geojson(self._outlines)
        scale = [_KM_PER_DEGREE * self._shrunk, _KM_PER_DEGREE]
        flat = shapely.transform(drawn, lambda corners: corners * scale) if self._drawn else drawn
        centres = {code: self._flat(lat, long) for code, (lat, long) in self._all_centres.items()}
        return centres | dict(zip(self._drawn, flat, strict=True))

    def _flat(self, lat: float, long: float) -> "shapely.Point":
        """In kilometres on a plane, true enough for the size of a regency."""
        import shapely

        return shapely.Point(long * self._shrunk * _KM_PER_DEGREE, lat * _KM_PER_DEGREE)


def _parts(places: Sequence[CentredListed], outlines: Mapping[str, str]) -> dict[str, list[str]]:
    """The places whose shapes are that of each place: itself, or the desa of a kecamatan without an outline."""
    inside: dict[str, list[str]] = {}
    for place in places:
        inside.setdefault(place.kecamatan_code, []).append(place.code)
    return {p.code: [p.code] if p.code in outlines else inside.get(p.code, [p.code]) for p in places}
