"""Reads query parameters: every value becomes typed here, or an error that names its parameter."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from kit.query import A_TIME, read_time

_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,20})?", re.ASCII)
_LAT = r"[+-]?(90(\.0{1,20})?|[0-8]?[0-9](\.[0-9]{1,20})?)"
_LONG = r"[+-]?(180(\.0{1,20})?|(1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,20})?)"
BOX = f"{_LONG},{_LAT},{_LONG},{_LAT}"
"""A bounding box as it is written, for a full match."""
_LISTED = 25
"""The most values that an error lists."""


class BadQuery(Exception):
    """A parameter that is not known, or whose value cannot be what it should."""

    def __init__(self, parameter: str, fault: str) -> None:
        super().__init__(f"{parameter}: {fault}")
        self.parameter = parameter


class NotFound(Exception):
    """There is no such thing here, or it is not public."""


class Box(NamedTuple):
    """Degrees: west, south, east, north."""

    west: float
    south: float
    east: float
    north: float


def strict(values: QueryParams, known: Collection[str], several: Collection[str] = ()) -> dict[str, str]:
    """The parameters, each known; an empty value means that it is absent.

    Those of `several` may be repeated: their values come joined with commas. The others are given once.
    """
    for name in values:
        if name not in known:
            raise BadQuery(name[:100], f"no such parameter; there are {', '.join(sorted(known))}")
        if name not in several and len(values.getlist(name)) > 1:
            raise BadQuery(name, "given more than once")
    joined = {name: ",".join(filter(None, values.getlist(name))) for name in dict.fromkeys(values)}
    return {name: value for name, value in joined.items() if value}


def choices(values: Mapping[str, str], name: str, known: Collection[str], where: str = "") -> list[str]:
    """Those of the `known` values that the parameter names, with commas between; none without the parameter.

    `where`: the address that lists all of them, for an error about many.
    """
    value = values.get(name)
    if value is None:
        return []
    if value in known:
        return [value]
    asked = list(dict.fromkeys(each.strip() for each in value.split(",")))
    if unknown := [each for each in asked if each not in known]:
        raise BadQuery(name, f"{unknown[0][:100]!r} is no such value; {allowed(known, where)}")
    return asked


def allowed(known: Collection[str], where: str = "") -> str:
    """What an error says of the allowed values: which they are or, of many, where they are listed.

    >>> allowed(["open", "closed"]), allowed(["x"] * 99, "/v1/places")
    ('there are open, closed', 'all of them are in /v1/places')
    """
    few = len(known) <= _LISTED or not where
    return f"there are {', '.join(known)}" if few else f"all of them are in {where}"


def in_order(values: Mapping[str, str], first: str, last: str, zone: ZoneInfo) -> None:
    """Raise `BadQuery` if both times are given and the `first` is after the `last`."""
    start, end = instant(values, first, zone), instant(values, last, zone)
    if start is not None and end is not None and start > end:
        raise BadQuery(first, f"is after {last}")


def number(values: Mapping[str, str], name: str, *, default: int, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    value = values.get(name)
    if value is None:
        return default
    # Compared as text first: a million digits would take a second to become a number.
    if not re.fullmatch(r"[0-9]{1,15}", value, re.ASCII) or not low <= int(value) <= high:
        raise BadQuery(name, f"a whole number from {low} to {high}")
    return int(value)


def instant(values: Mapping[str, str], name: str, zone: ZoneInfo) -> datetime | None:
    """A time, in UTC. A date is its first moment; without an offset it is meant in `zone`."""
    value = values.get(name)
    if value is None:
        return None
    try:
        return read_time(value, zone)
    except (ValueError, OverflowError):
        raise BadQuery(name, A_TIME) from None


def box(values: Mapping[str, str], name: str) -> Box | None:
    """A bounding box, `west,south,east,north` in degrees. Raises `BadQuery` if its corners are exchanged."""
    value = values.get(name)
    if value is None:
        return None
    if not re.fullmatch(BOX, value, re.ASCII):
        raise BadQuery(name, "four numbers: west,south,east,north in degrees")
    box = Box(*map(float, value.split(",")))
    if box.west > box.east or box.south > box.north:
        raise BadQuery(name, "west,south,east,north: west is greater than east, or south than north")
    return box


def degrees(values: Mapping[str, str], name: str, limit: int) -> float | None:
    """A latitude (`limit` 90) or a longitude (180)."""
    value = values.get(name)
    if value is None:
        return None
    if not _DEGREES.fullmatch(value) or abs(float(value)) > limit:
        raise BadQuery(name, f"degrees from -{limit} to {limit}")
    return float(value)
