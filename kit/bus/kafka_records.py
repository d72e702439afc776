"""Reads records that a broker takes from any program and that kafka-python refuses, which would end all reading there.

Such a record comes to the worker like every other: it is unreadable or not, and has its position. `install` once.
"""

from typing import Any

from kafka.errors import UnsupportedCodecError
from kafka.record.default_records import DefaultRecord, DefaultRecordBatch

_uncompress, _read = DefaultRecordBatch._maybe_uncompress, DefaultRecordBatch._read_msg


class _AnyBytes(bytes):
    """Bytes whose parts can be decoded, whatever they are: a header's name need not be UTF-8."""

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        return _AnyBytes(part) if isinstance(part, bytes) else part

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return super().decode(encoding, "backslashreplace")


class _Packed(_AnyBytes):
    """A batch that is compressed in a way for which this installation has no program."""


def install() -> None:
    DefaultRecordBatch._maybe_uncompress = _uncompress_if_possible
    DefaultRecordBatch._read_msg = _read_whatever_it_is


def _uncompress_if_possible(batch: Any) -> None:
    try:
        _uncompress(batch)
    except UnsupportedCodecError:
        batch._buffer, batch._decompressed = _Packed(batch._buffer), True


def _read_whatever_it_is(batch: Any) -> Any:
    if isinstance(batch._buffer, _Packed):
        return _one_of_packed(batch)
    try:
        return _read(batch)
    except UnicodeDecodeError:  # nothing of the record is taken yet
        batch._buffer = _AnyBytes(batch._buffer)
        return _read(batch)


def _one_of_packed(batch: Any) -> Any:
    """An empty record for each one in the batch, at its position; the first has the bytes of all."""
    number, count = batch._next_record_index, batch.records_count
    value = b"" if number else bytes(batch._buffer)
    if number + 1 == count:
        batch._pos = len(batch._buffer)
    about = b"record %d of %d, compressed in a way that cannot be read here" % (number + 1, count)
    offset, at = batch.base_offset + number, batch.first_timestamp
    return DefaultRecord(len(value), offset, at, batch.timestamp_type, None, value, [("pendapa_packed", about)])
