"""The interface of a format: it writes rows by their fields, and compares a file of its own with rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from services.publish.datasets.field import Field, Row, Said, Type, Value


class Batch:
    """Some rows of a dataset: as JSON has them, and as the values of each field. Raises `ValueError`."""

    def __init__(self, fields: Sequence[Field], rows: Sequence[Row]) -> None:
        self.rows = rows
        self.columns: list[list[Value]] = [field.values(rows) for field in fields]

    @property
    def cells(self) -> list[tuple[Value, ...]]:
        """The values of each row."""
        return list(zip(*self.columns, strict=True))


class Sink(Protocol):
    """A file to write to, such as those of `releases.files`."""

    @property
    def closed(self) -> bool: ...

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class RowWriter(Protocol):
    """A file of one format that is being written."""

    def write(self, batch: Batch) -> None:
        """Add rows."""

    def close(self) -> None:
        """End the file, and make it durable."""


class Unlike(Exception):
    """The file differs from the rows; `line` and `row` (from 0, within the batch) if one row differs."""

    def __init__(self, what: str, line: int | None = None, row: int | None = None, *, damaged: bool = False) -> None:
        """`damaged`: the file ends early or cannot be read, as after a download that was cut off."""
        super().__init__(what)
        self.line, self.row, self.damaged = line, row, damaged


class Same(Protocol):
    """A file that is compared with rows, batch by batch, up to the first difference."""

    name: str

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def follow(self, batch: Batch) -> None:
        """Raise `Unlike` if the file's next rows are not these."""

    def end(self) -> None:
        """Raise `Unlike` if the file has more."""


class Format(Protocol):
    """One format of files."""

    suffix: str
    """The end of its files' names, without the first dot."""
    name: str
    media_type: str
    says: Said

    def writes(self, type: Type) -> bool:
        """Whether it can hold values of this type."""

    def open(self, file: Sink, fields: Sequence[Field]) -> RowWriter:
        """A writer of rows with these fields."""

    def read(self, path: Path, fields: Sequence[Field], spelling: int) -> Same:
        """The file, to be compared with rows; `spelling`: of its release."""
