"""Reads one field of the beginning of a multipart form, whose end need not have come yet."""

from contextlib import suppress
from typing import Final

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

_MOST_PARTS: Final = 200
_LONGEST: Final = 1000


class _Enough(Exception):
    """No more parts are read."""


class _Field:
    """Collects the values of the field `name` from the parser's calls."""

    def __init__(self, name: bytes) -> None:
        self._name = name
        self._parts = 0
        self._header, self._header_value, self._value = bytearray(), bytearray(), bytearray()
        self._is_named = False
        self.values: list[str] = []

    def on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise _Enough
        self._is_named = False
        self._value.clear()

    def on_header_begin(self) -> None:
        self._header.clear()
        self._header_value.clear()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition" and len(self._header_value) <= _LONGEST:
            _, options = parse_options_header(bytes(self._header_value))
            self._is_named = options.get(b"name") == self._name and b"filename" not in options

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_named and len(self._value) <= _LONGEST:
            self._value += data[start:end]

    def on_part_end(self) -> None:
        if self._is_named:
            self.values.append(self._value.decode("utf-8", "replace"))


def multipart_values(content_type: bytes, beginning: bytes, name: bytes) -> list[str]:
    """The values of a field that are complete in the beginning; none if the form cannot be read."""
    _, options = parse_options_header(content_type)
    field = _Field(name)
    callbacks = {each: getattr(field, each) for each in dir(field) if each.startswith("on_")}
    # After an error, what was read before stands; with a key, the service explains the error in the form.
    with suppress(MultipartParseError, _Enough):
        MultipartParser(options.get(b"boundary", b""), callbacks).write(beginning)  # type: ignore[arg-type]
    return field.values
