"""Deadlines in working days, in the government's own timezone, with every skipped day explained."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

from contracts.region import Region

_END_OF_DAY = time(23, 59, 59)


class Skipped(NamedTuple):
    """A day that did not count, and why: the holiday's name, or "weekend"."""

    day: date
    why: str


class Due(NamedTuple):
    at: datetime
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class Calendar:
    """When a government does not work. `holidays` gives the days off of one year, with their names."""

    zone: ZoneInfo
    weekend: frozenset[int]
    """Monday is 0."""
    holidays: Callable[[int], Mapping[date, str]]


def due(start: datetime, days: int, calendar: Calendar) -> Due:
    """The end (23:59:59 local time, given in UTC) of the `days`-th working day after the day of `start`.

    The day of `start` never counts, working day or not. Beyond the year 9998 there are no deadlines left: the last day.
    """
    try:
        day = start.astimezone(calendar.zone).date()
        last, skipped = count(day, days, calendar)
    except OverflowError:
        last, skipped = date(9998, 12, 31), ()
    return Due(datetime.combine(last, _END_OF_DAY, calendar.zone).astimezone(UTC), skipped)


def count(start: date, days: int, calendar: Calendar) -> tuple[date, tuple[Skipped, ...]]:
    """The `days`-th working day after `start`, and the days between that were none. `OverflowError` past 9998."""
    skipped: list[Skipped] = []
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.year > 9998:
            raise OverflowError("beyond the calendar")
        if (name := calendar.holidays(day.year).get(day)) is not None:
            skipped.append(Skipped(day, name))
        elif day.weekday() in calendar.weekend:
            skipped.append(Skipped(day, "weekend"))
        else:
            days -= 1
    return day, tuple(skipped)


def calendar_of(region: Region) -> Calendar:
    """The region's country's public holidays, with what the region adds and takes away."""
    rules = region.holidays

    @lru_cache(maxsize=256)
    def days_off(year: int) -> Mapping[date, str]:
        public = holidays.country_holidays(rules.country, subdiv=rules.subdivision, years=year)
        ours = {day: name for day, name in public.items() if day not in rules.removed}
        return ours | {day: name for day, name in rules.added.items() if day.year == year}

    return Calendar(region.zone, frozenset(region.weekend), days_off)


class Deadlines:
    """`due` for one calendar, remembered per day and number: an import asks the same thing thousands of times."""

    def __init__(self, calendar: Calendar) -> None:
        self._zone = calendar.zone
        self._due = lru_cache(maxsize=4096)(lambda day, days: due(_noon(day, calendar.zone), days, calendar).at)

    def after(self, start: datetime, days: int) -> datetime:
        try:
            day = start.astimezone(self._zone).date()
        except OverflowError:
            day = date(9998, 12, 31)
        return self._due(day, days)


def _noon(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(12), zone)
