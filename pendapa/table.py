"""A CSV of somebody's reports: its rows, and the file of refused rows."""

import csv
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from pendapa.heads import UNREAD, TableHead, lines_of, open_table, read_head
from pendapa.records import TableRecord, cut


@dataclass(frozen=True)
class Row:
    line: int
    """The line of the file on which the row ends, from 1."""
    cells: dict[str, str]
    odd: str = ""
    """What is wrong with it, such as fewer cells than columns; empty if nothing."""
    written: tuple[str, ...] = field(default=(), compare=False)
    """Its cells as they stand in the file; of a line that cannot be cut into cells, the line."""


class Refusals:
    """Each row with its line and the reason before its cells as they were, in the table's delimiter and encoding.

    A line that could not be cut into cells stands whole in the first of them. Rows of an earlier run stay until
    `begin`: a run that never came so far has none to put in their place.
    """

    def __init__(self, path: Path, columns: list[str], delimiter: str = ",", encoding: str = "utf-8") -> None:
        self._path = path
        self._columns = columns
        self._delimiter = delimiter
        self._encoding = encoding
        self._file: TextIO | None = None

    def begin(self) -> None:
        self._path.unlink(missing_ok=True)

    def add(self, row: Row, reason: str) -> None:
        if self._file is None:
            self._file = self._path.open("w", newline="", encoding=self._encoding, errors="surrogateescape")
            self._rows = csv.writer(self._file, delimiter=self._delimiter)
            self._rows.writerow(map(self._writable, [*self._marks(), *self._columns]))
        cells = row.written or [row.cells.get(column, "") for column in self._columns]
        self._rows.writerow([row.line, self._writable(reason), *map(self._as_written, cells)])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _marks(self) -> tuple[str, str]:
        """The names of the two columns before the table's own, which have none of these names."""
        tail = ""
        while {f"line{tail}", f"reason{tail}"} & set(self._columns):
            tail += "_"
        return f"line{tail}", f"reason{tail}"

    def _as_written(self, cell: str) -> str:
        """A cell with its bytes as they were; UTF-16 and UTF-32 cannot hold those that they could not read."""
        try:
            cell.encode(self._encoding, "surrogateescape")
        except UnicodeEncodeError:
            return self._writable(cell)
        return cell

    def _writable(self, text: str) -> str:
        """Our own words, with a question mark for what the table's encoding does not have."""
        return text.encode(self._encoding, "replace").decode(self._encoding)


def read_rows(
    path: Path, delimiter: str, encoding: str = "utf-8", wanted: Collection[str] = ()
) -> tuple[list[str], Iterator[Row]]:
    """The columns and the rows of a CSV. NULs, which no text has, are left out; other bytes are never guessed at.

    Rows of blank cells alone are left out. A file of refused rows is read as the table that they are from, unless its
    first columns are `wanted`. Raises `TableFault`.
    """
    head = read_head(path, delimiter, encoding, wanted)

    def rows() -> Iterator[Row]:
        with open_table(path, encoding) as file:
            lines = lines_of(file)
            for _ in range(head.line):
                next(lines)
            for record in cut(lines, delimiter, head.widths, after=head.line):
                own = _own_part(record, head, delimiter) if head.marks else record
                if own.fault or any(map(str.strip, own.cells)):
                    yield _row(own, head, encoding)

    return head.columns, rows()


def count_rows(path: Path, delimiter: str, encoding: str = "utf-8") -> int:
    _, rows = read_rows(path, delimiter, encoding)
    return sum(1 for _ in rows)


def _own_part(record: TableRecord, head: TableHead, delimiter: str) -> TableRecord:
    """A refused row without its line and reason; what could not be cut stands whole in the cell after them."""
    cells = record.cells[head.marks :]
    if (
        record.fault
        or not cells
        or len(head.columns) < 2
        or delimiter not in cells[0]
        or any(map(str.strip, cells[1:]))
    ):
        return record._replace(cells=cells)
    columns = len(head.columns)
    first, *more = cut(cells[0].splitlines(keepends=True), delimiter, range(columns, columns + 1))
    fault = first.fault or (f"{1 + len(more)} rows in one cell" if more else "")
    return TableRecord(record.line, first.cells, fault, cells[0] if fault else "")


def _row(record: TableRecord, head: TableHead, encoding: str) -> Row:
    if record.fault:
        return Row(record.line, {}, record.fault, (record.raw,))
    texts = [cell.replace("\0", "") for cell in record.cells]
    cells = dict(zip(head.columns, texts, strict=False))
    return Row(record.line, cells, _odd(record.cells, head, encoding), tuple(record.cells))


def _odd(cells: Sequence[str], head: TableHead, encoding: str) -> str:
    columns = len(head.columns)
    if len(cells) < columns or any(map(str.strip, cells[max(columns, head.width - head.marks) :])):
        return f"{len(cells)} cells under {columns} columns"
    if any(map(UNREAD.search, cells)):
        return f"bytes that are not {encoding}; the map can name another encoding"
    return ""
