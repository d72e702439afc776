"""The dates that replies promise, from the region's clocks and working days; routing sets the deadlines themselves."""

from datetime import UTC, datetime, time

from contracts.region import Clock, Region
from contracts.region.calendar import calendar_of, count

_END_OF_DAY = time(23, 59, 59)


class ReplyDeadlines:
    """Before routing has told a category or a deadline, intake promises what holds for every category."""

    def __init__(self, region: Region) -> None:
        clocks = region.clocks.values() or (Clock(),)
        self._zone, self._calendar = region.zone, calendar_of(region)
        self._verify, self._respond = (max(getattr(clock, name) for clock in clocks) for name in ("verify", "respond"))
        self._silence = min(clock.silence for clock in clocks)

    def verify_by(self, start: datetime) -> datetime:
        """When a report that was accepted then is verified at the latest."""
        return self._after(start, self._verify)

    def respond_by(self, start: datetime) -> datetime:
        """When a report that an agency got then is answered at the latest."""
        return self._after(start, self._respond)

    def silent_at(self, start: datetime) -> datetime:
        """When a report that was answered then is closed at the earliest, if its reporter says nothing."""
        return self._after(start, self._silence)

    def _after(self, start: datetime, days: int) -> datetime:
        try:
            day, _ = count(start.astimezone(self._zone).date(), days, self._calendar)
            return datetime.combine(day, _END_OF_DAY, self._zone).astimezone(UTC)
        except OverflowError:  # at the end of the calendar
            return start
