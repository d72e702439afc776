"""JSON Lines: one row a line, as the API writes it. The verifier compares the other formats with it."""

from collections.abc import Sequence
from pathlib import Path

import orjson

from services.publish.datasets.field import Field, Said, Type
from services.publish.formats.format import Batch, Sink


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

    def read(self, path: Path, fields: Sequence[Field]) -> None:
        return None


class _Writer:
    def __init__(self, file: Sink) -> None:
        self._file = file

    def write(self, batch: Batch) -> None:
        self._file.write(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in batch.rows))

    def close(self) -> None:
        self._file.close()
