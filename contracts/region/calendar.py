"""A region's working days: which days count, and why the others do not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

from contracts.region.models import Holidays, Region

LAST_YEAR = 9998
"""The last year of a calendar: the local time of a later day may not exist in UTC."""


class Skipped(NamedTuple):
    """A day that did not count, and why: the holiday's name, or "weekend"."""

    day: date
    why: str


@dataclass(frozen=True)
class WorkCalendar:
    """When a government does not work. `holidays` gives the days off of one year, with their names."""

    zone: ZoneInfo
    weekend: frozenset[int]
    """Monday is 0."""
    holidays: Callable[[int], Mapping[date, str]]


def count(start: date, days: int, calendar: WorkCalendar) -> tuple[date, tuple[Skipped, ...]]:
    """The `days`-th working day after `start`, which never counts, and the days between that were none.

    Raises `OverflowError` past `LAST_YEAR`.
    """
    skipped: list[Skipped] = []
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.year > LAST_YEAR:
            raise OverflowError("beyond the calendar")
        if (name := calendar.holidays(day.year).get(day)) is not None:
            skipped.append(Skipped(day, name))
        elif day.weekday() in calendar.weekend:
            skipped.append(Skipped(day, "weekend"))
        else:
            days -= 1
    return day, tuple(skipped)


def calendar_of(region: Region) -> WorkCalendar:
    """The region's country's public holidays, with what the region adds and takes away."""
    rules = region.holidays

    @lru_cache(maxsize=256)
    def days_off(year: int) -> Mapping[date, str]:
        public = country_holidays(rules, year, _language(rules.country, region.language))
        ours = {day: name for day, name in public.items() if day not in rules.removed}
        return ours | {day: name for day, name in rules.added.items() if day.year == year}

    return WorkCalendar(region.zone, frozenset(region.weekend), days_off)


def country_holidays(rules: Holidays, year: int, language: str | None) -> Mapping[date, str]:
    """The public holidays of the rules' country in one year, without what the region adds and takes away."""
    return holidays.country_holidays(rules.country, subdiv=rules.subdivision, years=year, language=language)


def _language(country: str, wanted: str) -> str | None:
    """The language in which the country's holidays are named; null if the library has them in one only.

    The wanted one as far as the library has it, else the country's: left to itself it takes the server's.
    """
    national = holidays.country_holidays(country)
    named = wanted.replace("-", "_")
    if named in national.supported_languages:
        return named
    spoken = [national.default_language, *national.supported_languages]
    same = (language for language in spoken if language and language.split("_")[0] == named.split("_")[0])
    return next(same, national.default_language)
