"""Where a region lies, and what is said of a point that is not there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.region.area import Area, Misplaced

HERE = Area(111.4, -7.65, 112.2, -6.95)
EQUATOR = Area(-5, -10, 10, 12)


@pytest.mark.parametrize(
    ("area", "lat", "long", "misplaced"),
    [
        (HERE, -7.15, 111.88, None),
        (HERE, -7.69, 111.36, None),
        (HERE, -7.70, 111.88, Misplaced.outside),
        (HERE, -7.15, 112.26, Misplaced.outside),
        (HERE, 0, 0, Misplaced.outside),
        (HERE, 111.88, -7.15, Misplaced.swapped),
        (Area(60, 20, 70, 30), 65, 25, Misplaced.swapped),
        (EQUATOR, 0, 0, None),
        (EQUATOR, 9, 9, None),
    ],
)
def test_a_point_is_in_the_region_or_swapped_or_outside(
    area: Area, lat: float, long: float, misplaced: Misplaced | None
) -> None:
    assert area.misplaced(lat, long) is misplaced


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_point_inside_the_box_is_here(lat: float, long: float) -> None:
    if HERE.south <= lat <= HERE.north and HERE.west <= long <= HERE.east:
        assert HERE.misplaced(lat, long) is None
    else:
        assert HERE.misplaced(lat, long) in (None, Misplaced.outside, Misplaced.swapped)
