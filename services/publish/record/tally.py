"""Counts of reports by month, agency, category and status, moved as records change; withheld ones are counted too."""

from collections import Counter
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel import Session

from services.publish.record.facts import Record


class Cell(NamedTuple):
    month: str
    agency: str
    category: str
    status: str


class Tally:
    """The moves of one batch, summed before they are written."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._reports: Counter[Cell] = Counter()
        self._withheld: Counter[Cell] = Counter()

    def move(self, before: Record | None, after: Record) -> None:
        """A record came, or changed."""
        if before is not None:
            self._add(self._cell(before, before.status), -1, before.withheld)
        self._add(self._cell(after, after.status), 1, after.withheld)

    def hide(self, record: Record) -> None:
        """A record was hidden: it stays counted in its month, agency and category, as hidden."""
        self._add(self._cell(record, record.status), -1, record.withheld)
        self._add(self._cell(record, "hidden"), 1, True)

    def reject(self, received_at: datetime, reports: int = 1) -> None:
        """A report that never became public; or, with -1, one less of them."""
        self._add(Cell(_month(received_at, self._zone), "", "", "rejected"), reports, False)

    def write(self, session: Session) -> None:
        """Add the moves to the counts. In one order, so that two workers cannot wait for each other."""
        rows = [
            {**cell._asdict(), "reports": self._reports[cell], "withheld": self._withheld[cell]}
            for cell in sorted(self._reports)
            if self._reports[cell] or self._withheld[cell]
        ]
        if rows:
            session.connection().execute(text(_ADD), rows)

    def _add(self, cell: Cell, reports: int, withheld: bool) -> None:
        self._reports[cell] += reports
        self._withheld[cell] += reports if withheld else 0

    def _cell(self, record: Record, status: str) -> Cell:
        return Cell(
            _month(record.moment("received_at"), self._zone), record.word("agency") or "", record.category, status
        )


@lru_cache(maxsize=4096)  # each move of a report takes it from one cell of its month to another
def _month(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m")


_ADD = """
INSERT INTO tally (month, agency, category, status, reports, withheld)
VALUES (:month, :agency, :category, :status, :reports, :withheld)
ON CONFLICT (month, agency, category, status) DO UPDATE
SET reports = tally.reports + excluded.reports, withheld = tally.withheld + excluded.withheld
"""
