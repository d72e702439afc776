"""A CSV of somebody's reports: its rows, and those of them that were refused."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

csv.field_size_limit(16 * 1024 * 1024)


@dataclass(frozen=True)
class Row:
    line: int
    """The line of the file on which the row ends, from 1."""
    cells: dict[str, str]
    odd: str = ""
    """Why its cells are not those of the columns, as after a comma that nobody quoted; empty if they are."""


class Refusals:
    """The rows that were not taken, as a CSV: the line, the reason, and the row as it was."""

    def __init__(self, path: Path, columns: list[str]) -> None:
        self._path = path
        self._columns = columns
        self._file: TextIO | None = None

    def add(self, row: Row, reason: str) -> None:
        if self._file is None:
            self._file = self._path.open("w", newline="", encoding="utf-8")
            self._rows = csv.writer(self._file)
            self._rows.writerow(["line", "reason", *self._columns])
        self._rows.writerow([row.line, reason, *(row.cells.get(column, "") for column in self._columns)])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def read_rows(path: Path, delimiter: str) -> tuple[list[str], Iterator[Row]]:
    """The columns and the rows of a CSV in UTF-8. Other bytes are replaced; NULs, which no text has, are left out."""
    file = path.open(newline="", encoding="utf-8-sig", errors="replace")
    reader = csv.reader(file, delimiter=delimiter)
    columns = next(reader, [])

    def rows() -> Iterator[Row]:
        with file:
            for cells in reader:
                if not cells:
                    continue
                count = len(cells)
                odd = f"{count} cells under {len(columns)} columns" if count != len(columns) else ""
                texts = {name: cell.replace("\0", "") for name, cell in zip(columns, cells, strict=False)}
                yield Row(reader.line_num, texts, odd)

    return columns, rows()


def count_rows(path: Path, delimiter: str) -> int:
    _, rows = read_rows(path, delimiter)
    return sum(1 for _ in rows)
