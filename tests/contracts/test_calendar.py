"""Working days: which count, and why the others do not."""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.region import Region, load_region
from contracts.region.calendar import WorkCalendar, calendar_of, count

JAVA = ZoneInfo("Asia/Jakarta")
PLAIN = WorkCalendar(JAVA, frozenset({5, 6}), lambda _: {})
BEFORE_CHRISTMAS = date(2026, 12, 23)


@pytest.fixture(scope="module")
def region() -> Region:
    return load_region(Path("tests/regions/tiny"))


def test_the_first_day_never_counts() -> None:
    tuesday, friday = date(2026, 11, 24), date(2026, 11, 27)
    assert count(tuesday, 3, PLAIN) == (friday, ())
    assert count(tuesday, 0, PLAIN) == (tuesday, ())


def test_a_weekend_is_skipped_and_said_so() -> None:
    last, skipped = count(date(2026, 11, 27), 1, PLAIN)
    assert last == date(2026, 11, 30)
    assert skipped == ((date(2026, 11, 28), "weekend"), (date(2026, 11, 29), "weekend"))


def test_public_holidays_and_the_regions_own_are_skipped_with_their_names(region: Region) -> None:
    last, skipped = count(BEFORE_CHRISTMAS, 1, calendar_of(region))
    assert last == date(2026, 12, 28)
    assert [str(day) for day, _ in skipped] == ["2026-12-24", "2026-12-25", "2026-12-26", "2026-12-27"]
    assert skipped[0].why == "Cuti bersama Natal"
    assert skipped[3].why == "weekend"


@pytest.mark.parametrize("locale", ["en_US.UTF-8", "C", "id_ID.UTF-8", "th_TH.UTF-8"])
@pytest.mark.parametrize(
    ("country", "language", "name"),
    [
        ("ID", "id", "Hari Raya Natal"),
        ("ID", "en", "Christmas Day"),
        ("ID", "jv", "Hari Raya Natal"),
        ("US", "en-US", "Christmas Day"),
        ("US", "id", "Christmas Day"),
        ("KR", "ko", "기독탄신일"),
    ],
)
def test_holidays_are_named_in_the_regions_language_or_the_countrys_and_never_in_the_servers(
    region: Region, monkeypatch: pytest.MonkeyPatch, locale: str, country: str, language: str, name: str
) -> None:
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(variable, locale)
    rules = region.holidays.model_copy(update={"country": country})
    calendar = calendar_of(region.model_copy(update={"holidays": rules, "language": language}))
    assert calendar.holidays(2026)[date(2026, 12, 25)] == name


def test_a_region_can_work_on_a_public_holiday(region: Region) -> None:
    rules = region.holidays.model_copy(update={"removed": (date(2026, 12, 25),)})
    calendar = calendar_of(region.model_copy(update={"holidays": rules}))
    assert count(BEFORE_CHRISTMAS, 1, calendar)[0] == date(2026, 12, 25)


def test_a_calendar_without_working_days_ends() -> None:
    with pytest.raises(OverflowError):
        count(date(9990, 1, 1), 1, WorkCalendar(JAVA, frozenset(range(7)), lambda _: {}))


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 40), st.sets(st.integers(0, 6), max_size=6))
def test_days_worked_and_days_skipped_are_all_the_days(start: date, days: int, weekend: set[int]) -> None:
    calendar = WorkCalendar(JAVA, frozenset(weekend), lambda year: {date(year, 8, 17): "Independence Day"})
    last, skipped = count(start, days, calendar)
    assert last - start == timedelta(days=days + len(skipped))
    assert last.weekday() not in weekend
    assert all(start < day < last for day, _ in skipped)
    assert count(start + timedelta(days=1), days, calendar)[0] >= last
