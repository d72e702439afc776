"""Counts of reports by month, agency, category and status, moved as records change; withheld ones are counted too."""

from collections import defaultdict
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from sqlalchemy import select, text, update
from sqlmodel import Session

from services.publish.record import store
from services.publish.record.facts import Record
from services.publish.record.machine import given_elsewhere, opened_by_machine
from services.publish.tables import TallyRow

_TALLY = TallyRow.__table__  # type: ignore[attr-defined]


class Cell(NamedTuple):
    month: str
    agency: str
    category: str
    status: str


class CellCounts(NamedTuple):
    """What is counted in a cell, or added to it; the names are those of the columns."""

    reports: int = 0
    withheld: int = 0
    machine_opened: int = 0
    given_elsewhere: int = 0

    @classmethod
    def of(cls, record: Record, *, withheld: bool) -> Self:
        return cls(1, withheld, opened_by_machine(record), given_elsewhere(record))

    def plus(self, other: "CellCounts", times: int) -> "CellCounts":
        return CellCounts(*(mine + times * theirs for mine, theirs in zip(self, other, strict=True)))


class Tally:
    """The moves of one batch, summed before they are written."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._sums: defaultdict[Cell, CellCounts] = defaultdict(CellCounts)

    def move(self, before: Record | None, after: Record) -> None:
        """A record came, or changed."""
        if before is not None:
            self._add(self._cell(before, before.status), CellCounts.of(before, withheld=before.withheld), -1)
        self._add(self._cell(after, after.status), CellCounts.of(after, withheld=after.withheld))

    def hide(self, record: Record) -> None:
        """A record was hidden: it stays counted in its month, agency and category, as hidden."""
        self._add(self._cell(record, record.status), CellCounts.of(record, withheld=record.withheld), -1)
        self._add(self._cell(record, "hidden"), CellCounts.of(record, withheld=True))

    def reject(self, received_at: datetime, reports: int = 1) -> None:
        """A report that never became public; or, with -1, one less of them."""
        self._add(Cell(_month(received_at, self._zone), "", "", "rejected"), CellCounts(reports))

    def count_machine(self, record: Record) -> None:
        """A record whose opening was counted by a version that did not ask whether the machine did it."""
        counts = CellCounts.of(record, withheld=record.withheld)
        self._add(self._cell(record, record.status), counts._replace(reports=0, withheld=0))

    def write(self, session: Session) -> None:
        """Add the moves to the counts. In one order, so that two workers cannot wait for each other."""
        rows = [{**cell._asdict(), **sums._asdict()} for cell, sums in sorted(self._sums.items()) if any(sums)]
        if rows:
            session.connection().execute(text(_ADD), rows)

    def _add(self, cell: Cell, counts: CellCounts, times: int = 1) -> None:
        self._sums[cell] = self._sums[cell].plus(counts, times)

    def _cell(self, record: Record, status: str) -> Cell:
        return Cell(
            _month(record.moment("received_at"), self._zone), record.word("agency") or "", record.category, status
        )


@lru_cache(maxsize=4096)  # each move of a report takes it from one cell of its month to another
def _month(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m")


_ADD = """
INSERT INTO tally (month, agency, category, status, reports, withheld, machine_opened, given_elsewhere)
VALUES (:month, :agency, :category, :status, :reports, :withheld, :machine_opened, :given_elsewhere)
ON CONFLICT (month, agency, category, status) DO UPDATE
SET reports = tally.reports + excluded.reports, withheld = tally.withheld + excluded.withheld,
machine_opened = tally.machine_opened + excluded.machine_opened,
given_elsewhere = tally.given_elsewhere + excluded.given_elsewhere
"""


def lacks_machine(session: Session) -> bool:
    """Whether a version before counted reports, and did not ask whether the machine opened them."""
    return session.scalar(select(_TALLY.c.month).where(_TALLY.c.machine_opened.is_(None)).limit(1)) is not None


def count_machine_again(session: Session, zone: ZoneInfo) -> None:
    """Count in the histories of all records what the machine opened. To be called under the lock of the log."""
    tally = Tally(zone)
    for record in store.each(session):
        tally.count_machine(record)
    # What was hidden since is counted already; nothing more is known of what was hidden before.
    wrong = (_TALLY.c.status != "hidden") | _TALLY.c.machine_opened.is_(None)
    session.execute(update(_TALLY).where(wrong).values(machine_opened=0, given_elsewhere=0))
    tally.write(session)
