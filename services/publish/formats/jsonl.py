"""JSON Lines: one row a line, as the API writes it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import orjson

from services.publish.datasets.field import Field, Said, Type
from services.publish.formats.format import Batch, Sink, Unlike


class Jsonl:
    """JSON Lines in UTF-8."""

    suffix = "jsonl"
    name = "jsonl"
    media_type = "application/jsonl"
    says = Said("JSON Lines, satu baris seperti jawaban API.", "JSON Lines; members as the API answers them.")

    def writes(self, type: Type) -> bool:
        return type in Type  # JSON has them all, times and dates as text

    def open(self, file: Sink, fields: Sequence[Field]) -> "_Writer":
        return _Writer(file)

    def read(self, path: Path, fields: Sequence[Field], spelling: int) -> "_Same":
        return _Same(path)


class _Writer:
    def __init__(self, file: Sink) -> None:
        self._file = file

    def write(self, batch: Batch) -> None:
        self._file.write(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in batch.rows))

    def close(self) -> None:
        self._file.close()


class _Same:
    """A file of JSON Lines that is compared with rows, byte by byte."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._file = path.open("rb")
        self._line = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def follow(self, batch: Batch) -> None:
        for number, row in enumerate(batch.rows):
            self._line += 1
            expected = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
            actual = self._file.readline()
            if actual != expected:
                if expected.startswith(actual):
                    raise Unlike("it ends before the rows do", self._line, number, damaged=True)
                raise Unlike("the row is another here", self._line, number)

    def end(self) -> None:
        if self._file.read(1):
            raise Unlike("it has more rows than there are", self._line + 1)
