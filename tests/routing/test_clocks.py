"""Deadlines in working days."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from contracts.region import Region
from contracts.region.calendar import WorkCalendar, calendar_of, count
from services.routing.clocks import Deadlines, due

JAVA = ZoneInfo("Asia/Jakarta")
PLAIN = WorkCalendar(JAVA, frozenset({5, 6}), lambda _: {})


def local(at: datetime) -> str:
    return at.astimezone(JAVA).isoformat(" ")


def test_it_is_due_at_the_end_of_the_last_day_in_local_time() -> None:
    tuesday = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    assert local(due(tuesday, 3, PLAIN).at) == "2026-11-27 23:59:59+07:00"
    assert due(tuesday, 3, PLAIN).skipped == ()


def test_the_local_day_counts_not_the_one_of_utc() -> None:
    monday_night_in_java = datetime(2026, 11, 23, 16, 59, tzinfo=UTC)
    tuesday_in_java = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert local(due(monday_night_in_java, 1, PLAIN).at).startswith("2026-11-24")
    assert local(due(tuesday_in_java, 1, PLAIN).at).startswith("2026-11-25")


def test_a_deadline_tells_every_day_it_skipped(region: Region) -> None:
    at, skipped = due(datetime(2026, 12, 23, 5, 0, tzinfo=UTC), 1, calendar_of(region))
    assert local(at) == "2026-12-28 23:59:59+07:00"
    assert [str(day) for day, _ in skipped] == ["2026-12-24", "2026-12-25", "2026-12-26", "2026-12-27"]


def test_the_ends_of_time_have_a_deadline_too(region: Region) -> None:
    calendar = calendar_of(region)
    for start in (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)):
        at = due(start, 5, calendar).at
        assert at == Deadlines(calendar).after(start, 5)
        assert at.tzinfo is UTC


def test_a_calendar_without_working_days_ends() -> None:
    assert (
        due(datetime(9990, 1, 1, tzinfo=UTC), 1, WorkCalendar(JAVA, frozenset(range(7)), lambda _: {})).at.year == 9998
    )


@given(
    st.builds(datetime.combine, st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.times(timezones=st.just(UTC))),
    st.integers(1, 40),
    st.sets(st.integers(0, 6), max_size=6),
)
def test_a_deadline_is_the_working_day_counted_from_the_local_day(
    start: datetime, days: int, weekend: set[int]
) -> None:
    calendar = WorkCalendar(JAVA, frozenset(weekend), lambda year: {date(year, 8, 17): "Independence Day"})
    at, skipped = due(start, days, calendar)
    last = at.astimezone(JAVA).date()
    assert (last, skipped) == count(start.astimezone(JAVA).date(), days, calendar)
    assert Deadlines(calendar).after(start, days) == at
