"""Holds a file of one format against rows read from another, a batch at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, Self, cast

from isal import igzip, isal_zlib

from services.publish import export
from services.publish.export import Column, Value

if TYPE_CHECKING:
    import pyarrow as pa

Rows = Sequence[Sequence[Value]]

_BAD_GZIP = cast("type[Exception]", isal_zlib.error)


class Unlike(Exception):
    """The file says something else; `line` and `row` (from 0, within the batch) where it is one row's place."""

    def __init__(self, what: str, line: int | None = None, row: int | None = None) -> None:
        super().__init__(what)
        self.line, self.row = line, row


class Same(Protocol):
    """A file that is followed row by row. After it was found unlike, nothing more is asked of it."""

    name: str

    def follow(self, rows: Rows) -> None:
        """Raise `Unlike` if the file's next rows are not these."""

    def end(self) -> None:
        """Raise `Unlike` if the file has more."""


class Csv:
    """A CSV file, to the byte."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.name = path.name
        self._file = self._open(path)
        self._line = 1
        self._expected_header = export.header(columns)
        self._begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def follow(self, rows: Rows) -> None:
        self._begin()
        expected = export.csv_lines(rows)
        given = self._read(len(expected))
        if given == expected:
            self._line += expected.count(b"\n")
            return
        for number, row in enumerate(rows):
            line = export.csv_lines([row])
            if not given.startswith(line):
                raise Unlike("the row is not as it is in the JSON Lines", self._line, number)
            given = given[len(line) :]
            self._line += line.count(b"\n")

    def end(self) -> None:
        self._begin()
        if self._read(1):
            raise Unlike("there is more than in the JSON Lines", self._line)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            if self._read(len(self._expected_header)) != self._expected_header:
                raise Unlike("the header is not the one of this release's columns", 1)
            self._line = 2

    def _open(self, path: Path) -> IO[bytes]:
        return path.open("rb")

    def _read(self, size: int) -> bytes:
        return self._file.read(size)


class Gzip(Csv):
    """A CSV file in gzip."""

    def _open(self, path: Path) -> IO[bytes]:
        return cast("IO[bytes]", igzip.IGzipFile(path, "rb"))  # type: ignore[no-untyped-call]

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except (OSError, EOFError, _BAD_GZIP) as error:
            raise Unlike(f"it cannot be unpacked ({error})", self._line) from None


class Parquet:
    """A Parquet file with the columns of reports."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        self._tables: Iterator[pa.Table] | None = None
        self._waiting: pa.Table | None = None
        self._row = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tables = None

    def follow(self, rows: Rows) -> None:
        given = self._take(len(rows))
        try:
            expected = export.table(rows)
        except ValueError:
            raise Unlike("rows of the JSON Lines cannot be values of its columns", self._row + 1, 0) from None
        if given is None or not given.equals(expected):
            number = _first_unlike([] if given is None else given.to_pylist(), expected.to_pylist())
            raise Unlike("the row is not as it is in the JSON Lines", self._row + number + 1, number)
        self._row += len(rows)

    def end(self) -> None:
        if self._take(1) is not None:
            raise Unlike("there is more than in the JSON Lines", self._row + 1)

    def _take(self, count: int) -> "pa.Table | None":
        import pyarrow as pa

        parts = []
        try:
            while count and (table := self._waiting or next(self._reading(), None)) is not None:
                parts.append(table.slice(0, count))
                self._waiting = table.slice(count) if table.num_rows > count else None
                count -= parts[-1].num_rows
            return pa.concat_tables(parts) if parts else None
        except (OSError, ValueError, pa.ArrowException) as error:
            raise Unlike(f"it cannot be read ({type(error).__name__})", self._row + 1) from None

    def _reading(self) -> "Iterator[pa.Table]":
        if self._tables is None:
            self._tables = self._read()
        return self._tables

    def _read(self) -> "Iterator[pa.Table]":
        import pyarrow as pa
        import pyarrow.parquet as pq

        with pq.ParquetFile(self._path, page_checksum_verification=True) as file:
            if not file.schema_arrow.equals(export.arrow_schema()):
                raise ValueError("other columns")
            for batch in file.iter_batches(batch_size=2000):
                yield pa.Table.from_batches([batch])


def _first_unlike(given: Sequence[object], expected: Sequence[object]) -> int:
    pairs = enumerate(zip(given, expected, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(given), len(expected)))
