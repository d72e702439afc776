"""The agencies, places and categories of the region, rendered once at the start."""

from dataclasses import dataclass

import orjson

from contracts.region import Region


@dataclass(frozen=True)
class Catalogue:
    """Bodies, ready to send."""

    agencies: bytes
    places: bytes
    places_geojson: bytes
    """A FeatureCollection of RFC 7946."""
    categories: bytes

    @property
    def edition(self) -> bytes:
        return self.agencies + self.places + self.places_geojson + self.categories


def catalogue(region: Region) -> Catalogue:
    """The lists of a region, in the order of its files."""
    return Catalogue(
        orjson.dumps(
            {
                "agencies": [
                    agency.model_dump(include={"id", "name", "kind", "parent", "valid_from", "valid_to"})
                    for agency in region.agencies.values()
                ]
            }
        ),
        orjson.dumps({"places": [_place(region, code) for code in region.places]}),
        _geojson(region),
        orjson.dumps({"categories": [_category(region, code) for code in region.categories]}),
    )


def _place(region: Region, code: str) -> dict[str, object]:
    extent = region.extents[code]
    members = region.places[code].model_dump(exclude={"aliases"})
    return {**members, "lat": extent.lat, "long": extent.long, "bbox": extent.bbox and list(extent.bbox)}


def _geojson(region: Region) -> bytes:
    """Each place with its outline; without one with its centre, or null."""
    features = [_feature(region, code) for code in region.places]
    return b'{"type":"FeatureCollection","features":[' + b",".join(features) + b"]}"


def _feature(region: Region, code: str) -> bytes:
    extent, place = region.extents[code], _place(region, code)
    bbox = place.pop("bbox")
    geometry: object = orjson.Fragment(extent.outline) if extent.outline else None
    if geometry is None and extent.lat is not None:
        geometry = {"type": "Point", "coordinates": [extent.long, extent.lat]}
    boxed = {"bbox": bbox} if bbox else {}
    return orjson.dumps({"type": "Feature", "id": code, **boxed, "properties": place, "geometry": geometry})


def _category(region: Region, code: str) -> dict[str, object]:
    category = region.categories[code]
    members = category.model_dump(
        include={"code", "name", "name_en", "description", "group", "agency", "sensitive", "verify", "valid_to"}
    )
    clock = region.clocks.get(category.clock)
    return {**members, "clock": clock.model_dump(include={"verify", "respond", "silence"}) if clock else None}
