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


def strict(values: QueryParams, known: Collection[str]) -> dict[str, str]:
    """The parameters, each known and given once; an empty value means that it is absent."""
    for name in values:
        if name not in known:
            raise BadQuery(name[:100], f"no such parameter; there are {', '.join(sorted(known))}")
        if len(values.getlist(name)) > 1:
            raise BadQuery(name, "given more than once")
    return {name: value for name, value in values.items() if value}


def choice(values: Mapping[str, str], name: str, known: Collection[str]) -> str | None:
    """One of the `known` values, or null without the parameter."""
    value = values.get(name)
    if value is not None and value not in known:
        raise BadQuery(name, "no such value")
    return value


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
    """A bounding box, `west,south,east,north` in degrees; any two opposite corners will do."""
    value = values.get(name)
    if value is None:
        return None
    if not re.fullmatch(BOX, value, re.ASCII):
        raise BadQuery(name, "four numbers: west,south,east,north in degrees")
    west, south, east, north = map(float, value.split(","))
    return Box(min(west, east), min(south, north), max(west, east), max(south, north))


def degrees(values: Mapping[str, str], name: str, limit: int) -> float | None:
    """A latitude (`limit` 90) or a longitude (180)."""
    value = values.get(name)
    if value is None:
        return None
    if not _DEGREES.fullmatch(value) or abs(float(value)) > limit:
        raise BadQuery(name, f"degrees from -{limit} to {limit}")
    return float(value)
