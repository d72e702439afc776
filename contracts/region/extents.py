"""How far each place reaches: its centre, its bounding box and, where the region has one, its outline."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from contracts.region.area import Area

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


class Extent(NamedTuple):
    """Degrees of WGS 84; null where nothing tells."""

    lat: float | None = None
    long: float | None = None
    bbox: Area | None = None
    outline: str | None = None
    """A Polygon or MultiPolygon as GeoJSON, its outer rings counterclockwise (RFC 7946)."""


class CentredPlace(Protocol):
    """A place as the region lists it. A kecamatan's `kecamatan_code` is its own code."""

    @property
    def code(self) -> str: ...
    @property
    def kecamatan_code(self) -> str: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def long(self) -> float | None: ...


def extents(places: Iterable[CentredPlace], outlines: Mapping[str, str]) -> dict[str, Extent]:
    """Where each place lies, by its code; of a kecamatan that the files do not draw or centre, where its desa lie.

    It gets an outline only if each of its desa has one, and a box of their centres only if there are two or more.
    """
    listed = list(places)
    inside: dict[str, list[CentredPlace]] = defaultdict(list)
    for place in listed:
        if place.code != place.kecamatan_code:
            inside[place.kecamatan_code].append(place)
    drawn = zip(outlines, shapes_of(list(outlines.values())), strict=True)
    shapes = {code: shape for code, (shape, _) in drawn if shape is not None}
    return {place.code: _extent(place, inside[place.code], shapes) for place in listed}


def shapes_of(geometries: Sequence[str]) -> "list[tuple[BaseGeometry | None, str | None]]":
    """The shape of each GeoJSON geometry, or null and why it cannot be an outline."""
    if not geometries:
        return []
    import shapely  # it takes a third of a second, and most processes need no shapes

    shapes = shapely.from_geojson(list(geometries), on_invalid="ignore")
    return [
        (shape, None) if not (fault := _fault(shape, valid)) else (None, fault)
        for shape, valid in zip(shapes, shapely.is_valid(shapes), strict=True)
    ]


def _fault(shape: "BaseGeometry | None", valid: bool) -> str | None:
    if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        return "no outline; write a Polygon or MultiPolygon whose rings are lists of [long, lat], the last as the first"
    west, south, east, north = shape.bounds
    if west < -180 or south < -90 or east > 180 or north > 90:
        return "its coordinates are no [long, lat] in degrees of WGS 84; swap or convert them"
    if valid:
        return None
    import shapely

    return f"its outline crosses itself; draw it anew there: {shapely.is_valid_reason(shape)}"


def _extent(place: CentredPlace, inside: Sequence[CentredPlace], shapes: "Mapping[str, BaseGeometry]") -> Extent:
    shape = _shape(place, inside, shapes)
    centres = [(each.lat, each.long) for each in inside if each.lat is not None and each.long is not None]
    lat, long = place.lat, place.long
    if (lat is None or long is None) and shape is not None:
        point = shape.centroid if shape.contains(shape.centroid) else shape.representative_point()
        lat, long = round(point.y, 6), round(point.x, 6)
    elif (lat is None or long is None) and centres:
        lat, long = (round(sum(each) / len(centres), 6) for each in zip(*centres, strict=True))
    if shape is not None:
        import shapely

        outline = shapely.to_geojson(shapely.orient_polygons(shape)).replace(" ", "")
        return Extent(lat, long, Area(*shape.bounds), outline)
    if len(centres) < 2:
        return Extent(lat, long)
    lats, longs = zip(*centres, strict=True)
    return Extent(lat, long, Area(min(longs), min(lats), max(longs), max(lats)))


def _shape(
    place: CentredPlace, inside: Sequence[CentredPlace], shapes: "Mapping[str, BaseGeometry]"
) -> "BaseGeometry | None":
    own = shapes.get(place.code)
    if own is not None or not inside or not all(each.code in shapes for each in inside):
        return own
    import shapely

    return shapely.union_all([shapes[each.code] for each in inside])
