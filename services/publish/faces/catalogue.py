"""The agencies, places and categories of the region, rendered once at the start."""

from dataclasses import dataclass

import orjson

from contracts.region import Region


@dataclass(frozen=True)
class Catalogue:
    """Bodies, ready to send."""

    agencies: bytes
    places: bytes
    categories: bytes

    @property
    def edition(self) -> bytes:
        return self.agencies + self.places + self.categories


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
        orjson.dumps({"places": [place.model_dump(exclude={"aliases"}) for place in region.places.values()]}),
        orjson.dumps({"categories": [_category(region, code) for code in region.categories]}),
    )


def _category(region: Region, code: str) -> dict[str, object]:
    category = region.categories[code]
    members = category.model_dump(
        include={"code", "name", "name_en", "description", "group", "agency", "sensitive", "verify", "valid_to"}
    )
    clock = region.clocks.get(category.clock)
    return {**members, "clock": clock.model_dump(include={"verify", "respond", "silence"}) if clock else None}
