"""Which coordinates cannot be where a report is. An official is told; of a resident the report is kept without them."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from contracts.region.area import Area, Misplaced

# A latitude of up to 180 can be read, because swapped coordinates are no reason to lose a resident's report.
LAT = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, json_schema_extra={"minimum": -90, "maximum": 90})]
LONG = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]

MOST = {"lat": 90.0, "long": 180.0}
SWAPPED = "lat and long are swapped: the other way round, the point is in the region"


def is_outside(lat: float | None, long: float | None, area: Area | None) -> bool:
    """Whether the point is known to be elsewhere; a region without a box knows of none."""
    return area is not None and lat is not None and long is not None and area.misplaced(lat, long) is not None


def point_faults(
    lat: float | None, long: float | None, area: Area | None, *, official: bool
) -> Iterator[tuple[str, str]]:
    """The name of each coordinate that cannot be taken, and why."""
    if lat is None or long is None:
        return
    misplaced = area.misplaced(lat, long) if area else None
    if misplaced is Misplaced.swapped:
        if official:
            yield "lat", SWAPPED
            yield "long", SWAPPED
        return
    on_earth = {name: abs(value) <= MOST[name] for name, value in (("lat", lat), ("long", long))}
    for name in (name for name, is_so in on_earth.items() if not is_so):
        yield name, f"a number of degrees from -{MOST[name]:g} to {MOST[name]:g}"
    if official and misplaced and area and all(on_earth.values()):
        if not area.has_lat(lat):
            yield "lat", f"outside the region, which lies between {area.south:g} and {area.north:g} degrees"
        if not area.has_long(long):
            yield "long", f"outside the region, which lies between {area.west:g} and {area.east:g} degrees"
