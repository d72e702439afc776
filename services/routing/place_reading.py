"""Makes the reader of places from a region."""

from contracts.region import Region
from services.routing.reading.gazetteer import Gazetteer
from services.routing.reading.place_map import PlaceMap
from services.routing.reading.where import PlaceReader


def gazetteer_of(region: Region) -> Gazetteer:
    """The names of the region's places, and what it says of names that are also words or places elsewhere."""
    words = region.words
    own = next(iter(region.name.values()), "").removeprefix("Kabupaten ").removeprefix("Kota ")
    return Gazetteer.of(region.places.values(), region.common_names, words.everyday_names, words.elsewhere, own)


def place_reader(region: Region) -> PlaceReader:
    """The reader of a region's places, built in some milliseconds."""
    outlines = {code: outline.geometry for code, outline in region.outlines.items()}
    return PlaceReader(gazetteer_of(region), PlaceMap(region.places.values(), outlines, region.nearest_place_km))
