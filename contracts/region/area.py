"""Where a region lies: whether a point is in it, and whether one that is not has its coordinates swapped."""

from enum import StrEnum
from math import cos, radians
from typing import NamedTuple

MARGIN_KM = 5.0
"""How far outside its box a point still counts as inside: boxes are drawn by hand, and reporters stand at borders."""
_KM_PER_DEGREE = 111.2


class Misplaced(StrEnum):
    """Why a point is not in the region."""

    outside = "outside"
    swapped = "swapped"


class Area(NamedTuple):
    """Degrees, in GeoJSON's order; a region across the 180th meridian cannot have one."""

    west: float
    south: float
    east: float
    north: float

    def has_lat(self, lat: float) -> bool:
        """Whether the latitude is inside, or less than `MARGIN_KM` away."""
        margin = MARGIN_KM / _KM_PER_DEGREE
        return self.south - margin <= lat <= self.north + margin

    def has_long(self, long: float) -> bool:
        """Whether the longitude is inside, or less than `MARGIN_KM` away."""
        shrunk = max(cos(radians(max(abs(self.south), abs(self.north)))), 0.01)
        margin = MARGIN_KM / _KM_PER_DEGREE / shrunk
        return self.west - margin <= long <= self.east + margin

    def misplaced(self, lat: float, long: float) -> Misplaced | None:
        """Why the point is not here; null if it is.

        >>> Area(111.4, -7.7, 112.2, -6.9).misplaced(111.88, -7.15)
        <Misplaced.swapped: 'swapped'>
        """
        if self.has_lat(lat) and self.has_long(long):
            return None
        return Misplaced.swapped if self.has_lat(long) and self.has_long(lat) else Misplaced.outside
