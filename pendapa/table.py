"""A CSV of somebody's reports: its rows, and the file of refused rows."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO

_CELL_BYTES = 16 * 1024 * 1024
"""A cell beyond it is a quote that nobody closed, and not somebody's words."""

_UNREAD = re.compile("[\udc80-\udcff]")
"""What Python makes of bytes that the encoding does not have."""


@dataclass(frozen=True)
class Row:
    line: int
    """The line of the file on which the row ends, from 1."""
    cells: dict[str, str]
    odd: str = ""
    """What is wrong with it, such as other cells than columns, after a comma that nobody quoted; empty if nothing."""
    surplus: tuple[str, ...] = ()
    """Cells under no column."""


class Refusals:
    """The rows that were not taken, as a CSV: the line, the reason, and the row as it was.

    Those of an earlier run stay until `begin`: a run that never came so far has none to put in their place.
    """

    def __init__(self, path: Path, columns: list[str]) -> None:
        self._path = path
        self._columns = columns
        self._file: TextIO | None = None

    def begin(self) -> None:
        self._path.unlink(missing_ok=True)

    def add(self, row: Row, reason: str) -> None:
        if self._file is None:
            self._file = self._path.open("w", newline="", encoding="utf-8", errors="surrogateescape")
            self._rows = csv.writer(self._file)
            self._rows.writerow(["line", "reason", *self._columns])
        self._rows.writerow([row.line, reason, *(row.cells.get(column, "") for column in self._columns), *row.surplus])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def read_rows(path: Path, delimiter: str, encoding: str = "utf-8") -> tuple[list[str], Iterator[Row]]:
    """The columns and the rows of a CSV. NULs, which no text has, are left out; other bytes are never guessed at."""
    csv.field_size_limit(_CELL_BYTES)  # it is the process's: another library may have set its own
    name = codecs.lookup(encoding).name
    name = "utf-8-sig" if name == "utf-8" else name
    opened = partial(path.open, newline="", encoding=name, errors="surrogateescape")
    with opened() as file:
        columns = [_UNREAD.sub("\ufffd", column) for column in next(csv.reader(file, delimiter=delimiter), [])]

    def rows() -> Iterator[Row]:
        with opened() as file:
            reader = csv.reader(file, delimiter=delimiter)
            for cells in islice(reader, 1, None):
                if not cells:
                    continue
                texts = {name: cell.replace("\0", "") for name, cell in zip(columns, cells, strict=False)}
                yield Row(reader.line_num, texts, _odd(cells, columns, encoding), tuple(cells[len(columns) :]))

    return columns, rows()


def count_rows(path: Path, delimiter: str, encoding: str = "utf-8") -> int:
    _, rows = read_rows(path, delimiter, encoding)
    return sum(1 for _ in rows)


def _odd(cells: list[str], columns: list[str], encoding: str) -> str:
    if len(cells) != len(columns):
        return f"{len(cells)} cells under {len(columns)} columns"
    if any(map(_UNREAD.search, cells)):
        return f"bytes that are not {encoding}; the map can name another encoding"
    return ""
