"""CSV (RFC 4180, UTF-8), plain and in gzip; each cell of text is made harmless to a spreadsheet."""

import csv
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, Self, cast

from isal import igzip, isal_zlib

from services.publish.datasets.field import Field, Said, Type, Value
from services.publish.datasets.spelling import SPELLING
from services.publish.formats.format import Batch, Sink, Unlike

_TYPES = frozenset({Type.STRING, Type.NUMBER, Type.INTEGER, Type.BOOLEAN, Type.DATETIME, Type.DATE})
_FORMULA_BEFORE = ("=", "+", "-", "@", "\t", "\r")
"""Of spelling 1: a cell that begins with one of these had an apostrophe before it."""
_BREAK = re.compile(r"[;\t\r\n]")
"""Where a reader that splits cells at semicolons or tabs, as Excel does in Indonesia, may begin a new one."""
# Spaces and quotes may stand before the sign of a formula. Apostrophes too, so that a text that has some of its own can
# be told from one that got one here.
_FORMULA = re.compile(
    r"(?:\A|(?<=[;\t\r\n]))"
    r"(?='*+[ \"\x0b\x0c\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*+"
    r"[=+\-@\uff1d\uff0b\uff0d\uff20])"
    r"|\A(?='*+[\t\r\n])"
)
"""A place in a text where a cell may begin, before what a spreadsheet would run as a formula."""
_BAD_GZIP = cast("type[Exception]", isal_zlib.error)


def header(fields: Sequence[Field]) -> bytes:
    """The first line."""
    return ",".join(field.name for field in fields).encode() + b"\r\n"


def lines(rows: Sequence[Sequence[Value]], spelling: int = SPELLING) -> bytes:
    r"""Rows of cells, a line each.

    >>> lines([["=1+1", -7.15, None, "a, b", True]]).decode()
    '\'=1+1,-7.15,,"a, b",true\r\n'
    """
    text = io.StringIO()
    cell = _cell if spelling > 1 else _cell_before
    csv.writer(text, lineterminator="\r\n").writerows([[cell(value) for value in row] for row in rows])
    return text.getvalue().encode()


def harmless(text: str) -> str:
    r"""The text with an apostrophe at each place where a spreadsheet could run what follows as a formula.

    Also of a reader that splits cells at semicolons or tabs and takes each line for a row.

    >>> harmless("=1+1"), harmless("rusak;=1+1"), harmless("rusak\n\uff1d1"), harmless("rusak; bolong")
    ("'=1+1", "rusak;'=1+1", "rusak\n'\uff1d1", 'rusak; bolong')
    """
    if text[:1].isalnum() and not _BREAK.search(text):
        return text
    return _FORMULA.sub("'", text)


def _cell(value: Value) -> Value:
    """A text is made harmless; numbers stay as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(value) if isinstance(value, str) else value


def _cell_before(value: Value) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA_BEFORE) else value


@lru_cache(maxsize=1)  # both files of a release hold the same lines
def _lines(batch: Batch, spelling: int = SPELLING) -> bytes:
    return lines(batch.cells, spelling)


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

    def read(self, path: Path, fields: Sequence[Field], spelling: int) -> "_Same":
        return _Same(path, fields, spelling)


class Gzip(Csv):
    """A CSV file in gzip, without a name and a time in it, so that the same rows give the same bytes."""

    suffix = "csv.gz"
    media_type = "application/gzip"
    says = Said("CSV yang sama, dipadatkan dengan gzip.", "The same CSV, compressed with gzip.")

    def open(self, file: Sink, fields: Sequence[Field]) -> "_Writer":
        return _Writer(_Packed(file), fields)

    def read(self, path: Path, fields: Sequence[Field], spelling: int) -> "_Same":
        return _SameGzip(path, fields, spelling)


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

    def __init__(self, path: Path, fields: Sequence[Field], spelling: int) -> None:
        self.name = path.name
        self._path, self._fields, self._spelling = path, fields, spelling
        self._file = self._open(path)
        self._line = 1
        self._begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def follow(self, batch: Batch) -> None:
        self._begin()
        expected = _lines(batch, self._spelling)
        actual = self._read(len(expected))
        if actual == expected:
            self._line += expected.count(b"\n")
            return
        for number, row in enumerate(batch.cells):
            line = lines([row], self._spelling)
            if not actual.startswith(line):
                if line.startswith(actual):  # the file ends within this row
                    raise Unlike(self._ending(), self._line, number, damaged=True)
                raise Unlike("the row is another here", self._line, number)
            actual = actual[len(line) :]
            self._line += line.count(b"\n")

    def end(self) -> None:
        self._begin()
        if self._read(1):
            raise Unlike("it has more rows than there are", self._line)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            expected = header(self._fields)
            actual = self._read(len(expected))
            if actual != expected:
                damaged = expected.startswith(actual)
                what = self._ending() if damaged else "the header is not the one of this release's columns"
                raise Unlike(what, 1, damaged=damaged)
            self._line = 2

    def _ending(self) -> str:
        return "it ends before the rows do"

    def _open(self, path: Path) -> IO[bytes]:
        return path.open("rb")

    def _read(self, size: int) -> bytes:
        return self._file.read(size)


class _SameGzip(_Same):
    _rest: IO[bytes] | None = None
    """What could be unpacked of a broken file, from the place where that was noticed."""
    _read_so_far = 0

    def end(self) -> None:
        super().end()
        if self._rest is not None:
            raise Unlike("it cannot be unpacked whole", damaged=True)

    def _open(self, path: Path) -> IO[bytes]:
        return cast("IO[bytes]", igzip.IGzipFile(path, "rb"))  # type: ignore[no-untyped-call]

    def _ending(self) -> str:
        return "it cannot be unpacked from here on" if self._rest else super()._ending()

    def _read(self, size: int) -> bytes:
        if self._rest is not None:
            return self._rest.read(size)
        try:
            data = self._file.read(size)
        except (OSError, EOFError, _BAD_GZIP):
            self._rest = io.BytesIO(_unpacked(self._path)[self._read_so_far :])
            return self._rest.read(size)
        self._read_so_far += len(data)
        return data


def _unpacked(path: Path) -> bytes:
    """As much of a broken gzip file as can be unpacked."""
    return b"".join(_unpack(path.read_bytes()))


def _unpack(packed: bytes) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(31)
    for at in range(0, len(packed), 4096):
        before = unpacking.copy()
        try:
            yield unpacking.decompress(packed[at : at + 4096])
        except zlib.error:
            unpacking = before
            for byte in range(at, min(at + 4096, len(packed))):
                try:
                    yield unpacking.decompress(packed[byte : byte + 1])
                except zlib.error:
                    return
