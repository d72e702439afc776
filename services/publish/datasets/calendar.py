"""The dataset *calendar*: each day that is no working day, and why, so that anyone can compute a deadline again."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlalchemy import Table, func, select

from contracts.region.calendar import WorkCalendar, calendar_of
from services.publish.datasets.dataset import Dataset, Snapshot, chunks
from services.publish.datasets.field import Field, Row, Said, Type
from services.publish.tables import RecordRow

_RECORD: Table = RecordRow.__table__  # type: ignore[attr-defined]

FIELDS = (
    Field("date", Type.DATE, Said("Hari yang tidak dihitung.", "A day that does not count."), empty=False),
    Field(
        "why",
        Type.STRING,
        Said("Nama hari libur, atau weekend.", "The holiday's name, or weekend."),
        empty=False,
    ),
)


def _rows(source: Snapshot) -> Iterator[Sequence[Row]]:
    """From the year of the oldest report to the end of the year after the release."""
    zone = source.region.zone
    oldest = source.session.scalar(select(func.min(_RECORD.c.received_at))) or source.now
    first, last = min(oldest, source.now).astimezone(zone).year, source.now.astimezone(zone).year + 1
    calendar = calendar_of(source.region)
    return chunks([row for year in range(first, last + 1) for row in _year(year, calendar)])


def _year(year: int, calendar: WorkCalendar) -> Iterator[Row]:
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
