"""CSV (RFC 4180, UTF-8), plain and in gzip; each cell of text is made harmless to a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, Self, cast

from isal import igzip, isal_zlib

from services.publish.datasets.field import Field, Said, Type, Value
from services.publish.formats.format import Batch, Sink, Unlike

_TYPES = frozenset({Type.STRING, Type.NUMBER, Type.INTEGER, Type.BOOLEAN, Type.DATETIME, Type.DATE})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BAD_GZIP = cast("type[Exception]", isal_zlib.error)


def header(fields: Sequence[Field]) -> bytes:
    """The first line."""
    return ",".join(field.name for field in fields).encode() + b"\r\n"


def lines(rows: Sequence[Sequence[Value]]) -> bytes:
    r"""Rows of cells, a line each.

    >>> lines([["=1+1", -7.15, None, "a, b", True]]).decode()
    '\'=1+1,-7.15,,"a, b",true\r\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue().encode()


def _cell(value: Value) -> Value:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA) else value


@lru_cache(maxsize=1)  # both files of a release hold the same lines
def _lines(batch: Batch) -> bytes:
    return lines(batch.cells)


class Csv:
    """A CSV file."""

    suffix = "csv"
    name = "csv"
    media_type = "text/csv"
    says = Said("CSV untuk lembar kerja.", "CSV for a spreadsheet.")

    def writes(self, type: Type) -> bool:
        return type in _TYPES

    def open(self, file: Sink, fields: Sequence[Field]) -> "_Writer":
        return _Writer(file, fields)

    def read(self, path: Path, fields: Sequence[Field]) -> "_Same":
        return _Same(path, fields)


class Gzip(Csv):
    """A CSV file in gzip, without a name and a time in it, so that the same rows give the same bytes."""

    suffix = "csv.gz"
    media_type = "application/gzip"
    says = Said("CSV yang sama, dipadatkan dengan gzip.", "The same CSV, compressed with gzip.")

    def open(self, file: Sink, fields: Sequence[Field]) -> "_Writer":
        return _Writer(_Packed(file), fields)

    def read(self, path: Path, fields: Sequence[Field]) -> "_Same":
        return _SameGzip(path, fields)


class _Writer:
    def __init__(self, file: "Sink | _Packed", fields: Sequence[Field]) -> None:
        self._file = file
        file.write(header(fields))

    def write(self, batch: Batch) -> None:
        self._file.write(_lines(batch))

    def close(self) -> None:
        self._file.close()


class _Packed:
    def __init__(self, file: Sink) -> None:
        self._file = file
        self._compress = isal_zlib.compressobj(1, isal_zlib.DEFLATED, 31)

    def write(self, data: bytes) -> None:
        self._file.write(self._compress.compress(data))

    def close(self) -> None:
        self._file.write(self._compress.flush())
        self._file.close()


class _Same:
    """A CSV file that is compared with rows, byte by byte."""

    def __init__(self, path: Path, fields: Sequence[Field]) -> None:
        self.name = path.name
        self._file = self._open(path)
        self._line = 1
        self._expected_header = header(fields)
        self._begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def follow(self, batch: Batch) -> None:
        self._begin()
        expected = _lines(batch)
        actual = self._read(len(expected))
        if actual == expected:
            self._line += expected.count(b"\n")
            return
        for number, row in enumerate(batch.cells):
            line = lines([row])
            if not actual.startswith(line):
                raise Unlike("the row is not as it is in the JSON Lines", self._line, number)
            actual = actual[len(line) :]
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


class _SameGzip(_Same):
    def _open(self, path: Path) -> IO[bytes]:
        return cast("IO[bytes]", igzip.IGzipFile(path, "rb"))  # type: ignore[no-untyped-call]

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except (OSError, EOFError, _BAD_GZIP) as error:
            raise Unlike(f"it cannot be unpacked ({error})", self._line) from None
