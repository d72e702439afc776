"""Deadlines in working days of the government's timezone, with the reason for every skipped day."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts.region.calendar import LAST_YEAR, Skipped, WorkCalendar, count

_END_OF_DAY = time(23, 59, 59)
_LAST_DAY = date(LAST_YEAR, 12, 31)


class Due(NamedTuple):
    at: datetime
    skipped: tuple[Skipped, ...]


def due(start: datetime, days: int, calendar: WorkCalendar) -> Due:
    """The end (23:59:59 local time, given in UTC) of the `days`-th working day after the day of `start`.

    The day of `start` never counts, working day or not. A deadline after the year 9998 becomes the last day of it.
    """
    try:
        day = start.astimezone(calendar.zone).date()
        last, skipped = count(day, days, calendar)
    except OverflowError:
        last, skipped = _LAST_DAY, ()
    return Due(datetime.combine(last, _END_OF_DAY, calendar.zone).astimezone(UTC), skipped)


class Deadlines:
    """`due` for one calendar, cached by day and number: an import asks for the same deadline thousands of times."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self._zone = calendar.zone
        self._due = lru_cache(maxsize=4096)(lambda day, days: due(_noon(day, calendar.zone), days, calendar).at)
        self._day = lru_cache(maxsize=64)(self._day_of)  # the reports of a batch start their clocks at one time

    def after(self, start: datetime, days: int) -> datetime:
        return self._due(self._day(start), days)

    def _day_of(self, start: datetime) -> date:
        try:
            return start.astimezone(self._zone).date()
        except OverflowError:
            return _LAST_DAY


def _noon(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(12), zone)
