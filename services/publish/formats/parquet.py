"""Parquet: the same rows with typed columns, in groups of rows that are read one at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, cast

from contracts.times import utc
from services.publish.datasets.field import Field, Said, Type, Value
from services.publish.formats.format import Batch, Sink, Unlike

if TYPE_CHECKING:
    import pyarrow as pa

ROW_GROUP = 20_000
_TYPES: Mapping[Type, str] = {
    Type.STRING: "string",
    Type.NUMBER: "float64",
    Type.INTEGER: "int64",
    Type.BOOLEAN: "bool_",
    Type.DATETIME: "timestamp",
    Type.DATE: "date32",
}
"""The functions of pyarrow that make its type for each of ours."""


class Parquet:
    """A Parquet file."""

    suffix = "parquet"
    name = "parquet"
    media_type = "application/vnd.apache.parquet"
    says = Said("Parquet dengan tipe kolom.", "Parquet, typed: timestamps in UTC, numbers, dates.")

    def writes(self, type: Type) -> bool:
        return type in _TYPES

    def open(self, file: Sink, fields: Sequence[Field]) -> "_Writer":
        return _Writer(file, fields)

    def read(self, path: Path, fields: Sequence[Field], spelling: int) -> "_Same":
        return _Same(path, fields)


def schema(fields: Sequence[Field]) -> "pa.Schema":
    """The file's columns and their types."""
    import pyarrow as pa

    return pa.schema([pa.field(field.name, _arrow(field.type)) for field in fields])


def table(fields: Sequence[Field], batch: Batch) -> "pa.Table":
    """Rows as an Arrow table; raise `ValueError` if they cannot be values of these fields."""
    import pyarrow as pa

    arrays = []
    for values, field in zip(batch.columns, fields, strict=True):
        kind = _arrow(field.type)
        text = field.type in (Type.DATETIME, Type.DATE)
        arrays.append(pa.array(values, pa.string()).cast(kind) if text else pa.array(values, kind))
    return pa.Table.from_arrays(arrays, schema=schema(fields))


def values_of(path: Path, fields: Sequence[Field]) -> Iterator[dict[str, Value]]:
    """The file's rows: each field's value by its name, times and dates as text.

    Raises `ValueError`, `OSError` or `pyarrow.ArrowException` for a file that cannot be read.
    """
    texts: Mapping[type, Callable[..., str]] = {datetime: utc, date: date.isoformat}
    for table in _tables(path, fields):
        for row in table.to_pylist():
            yield {name: texts[type(value)](value) if type(value) in texts else value for name, value in row.items()}


def _arrow(type: Type) -> "pa.DataType":
    import pyarrow as pa

    arguments = ("us", "UTC") if type is Type.DATETIME else ()
    arrow_type: pa.DataType = getattr(pa, _TYPES[type])(*arguments)
    return arrow_type


class _Writer:
    def __init__(self, file: Sink, fields: Sequence[Field]) -> None:
        import pyarrow.parquet as pq

        self._file, self._fields = file, fields
        self._groups = pq.ParquetWriter(
            cast("IO[bytes]", file), schema(fields), compression="zstd", write_page_checksum=True
        )
        self._waiting: list[pa.Table] = []

    def write(self, batch: Batch) -> None:
        self._waiting.append(table(self._fields, batch))
        if sum(each.num_rows for each in self._waiting) >= ROW_GROUP:
            self._write()

    def close(self) -> None:
        import pyarrow as pa

        self._write()
        self._groups.close()
        self._file.close()
        pa.default_memory_pool().release_unused()

    def _write(self) -> None:
        import pyarrow as pa

        if self._waiting:
            self._groups.write_table(pa.concat_tables(self._waiting), row_group_size=ROW_GROUP)
            self._waiting.clear()


class _Same:
    """A Parquet file that is compared with rows."""

    def __init__(self, path: Path, fields: Sequence[Field]) -> None:
        self.name = path.name
        self._path, self._fields = path, fields
        self._tables: Iterator[pa.Table] | None = None
        self._waiting: pa.Table | None = None
        self._row = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tables = None

    def follow(self, batch: Batch) -> None:
        actual = self._take(len(batch.rows))
        try:
            expected = table(self._fields, batch)
        except (ValueError, TypeError, OverflowError):
            raise Unlike("the rows cannot be values of its columns", self._row + 1, 0) from None
        if actual is None or not actual.equals(expected):
            number = _first_unlike([] if actual is None else actual.to_pylist(), expected.to_pylist())
            ends = actual is None or number >= actual.num_rows
            what = "it ends before the rows do" if ends else "the row is another here"
            raise Unlike(what, self._row + number + 1, number)
        self._row += len(batch.rows)

    def end(self) -> None:
        if self._take(1) is not None:
            raise Unlike("it has more rows than there are", self._row + 1)

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
            raise Unlike(f"it cannot be read ({type(error).__name__})", self._row + 1, 0, damaged=True) from None

    def _reading(self) -> "Iterator[pa.Table]":
        if self._tables is None:
            self._tables = _tables(self._path, self._fields)
        return self._tables


def _tables(path: Path, fields: Sequence[Field]) -> "Iterator[pa.Table]":
    """The rows of a file, some at a time. Raises `Unlike` if it has other columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        if not file.schema_arrow.equals(schema(fields)):
            raise Unlike("its columns are not those of this release")
        for batch in file.iter_batches(batch_size=2000):
            yield pa.Table.from_batches([batch])


def _first_unlike(actual: Sequence[object], expected: Sequence[object]) -> int:
    pairs = enumerate(zip(actual, expected, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(actual), len(expected)))
