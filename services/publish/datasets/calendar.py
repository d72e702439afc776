"""The dataset *calendar*: each day that is no working day, and why, so that anyone can compute a deadline again."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from services.publish.datasets.dataset import Dataset, Snapshot, chunks
from services.publish.datasets.field import Field, Row, Said, Type

if TYPE_CHECKING:
    from contracts.region.calendar import WorkCalendar

FIELDS = (
    Field("date", Type.DATE, Said("Hari yang tidak dihitung.", "A day that does not count."), empty=False),
    Field(
        "why",
        Type.STRING,
        Said("Nama hari libur, atau weekend.", "The holiday's name, or weekend."),
        empty=False,
    ),
)


def _rows(snapshot: Snapshot) -> Iterator[Sequence[Row]]:
    """From the year of the oldest report to the end of the year after the release."""
    from sqlalchemy import func, select

    from contracts.region.calendar import calendar_of
    from services.publish.tables import RECORD

    zone = snapshot.region.zone
    oldest = snapshot.session.scalar(select(func.min(RECORD.c.received_at))) or snapshot.now
    first, last = min(oldest, snapshot.now).astimezone(zone).year, snapshot.now.astimezone(zone).year + 1
    calendar = calendar_of(snapshot.region)
    return chunks([row for year in range(first, last + 1) for row in _year(year, calendar)])


def _year(year: int, calendar: "WorkCalendar") -> Iterator[Row]:
    day, off = date(year, 1, 1), calendar.holidays(year)
    while day.year == year:
        if (why := off.get(day) or ("weekend" if day.weekday() in calendar.weekend else None)) is not None:
            yield {"date": day.isoformat(), "why": why}
        day += timedelta(days=1)


DATASET = Dataset(
    name="calendar",
    title=Said("Kalender hari libur", "Calendar of days off"),
    about=Said(
        "Setiap hari yang tidak dihitung dalam batas waktu, dan alasannya.",
        "Each day that did not count towards a deadline, and why.",
    ),
    fields=FIELDS,
    key="date",
    rows=_rows,
)
