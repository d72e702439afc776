"""Reads the fields and files of a form whatever charset its words are in; no byte of them becomes U+FFFD."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email.message import Message
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
# As browsers read it, Latin-1 is windows-1252, which has letters where Latin-1 has control characters.
_CHARSETS = {
    "utf8": "utf-8",
    "usascii": "cp1252",
    "ascii": "cp1252",
    "latin1": "cp1252",
    "iso88591": "cp1252",
    "windows1252": "cp1252",
    "cp1252": "cp1252",
    "iso885915": "iso8859-15",
    "utf16": "utf-16",
    "utf16le": "utf-16-le",
    "utf16be": "utf-16-be",
}
_BYTES = "iso8859-1"
"""Has a character for each byte, so that what the parser decodes by it can be decoded again."""


class FormField(NamedTuple):
    """A field as it came, and the charset that its own part of a multipart form names."""

    name: bytes
    value: bytes
    declared: str | None = None


class FormParts(NamedTuple):
    """The fields in their order, a name perhaps several times, and the files."""

    fields: list[tuple[str, str]]
    files: list[UploadFile]


@asynccontextmanager
async def read_form(request: Request, *, max_fields: int, max_files: int) -> AsyncIterator[FormParts]:
    """The form in a request's body. Raises 415 if it is no form, 400 if it has too many parts or cannot be decoded."""
    content_type = request.headers.get("content-type", "")
    declared = _declared(content_type)
    if content_type.lower().startswith("multipart/form-data"):
        async with _multipart(request, max_fields, max_files) as (form, charsets):
            items = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
            files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
            fields = [
                FormField(name.encode(_BYTES), value.encode(_BYTES), charset)
                for (name, value), charset in zip(items, charsets, strict=True)
            ]
            yield FormParts(_decoded(fields, declared), files)
    elif content_type.lower().startswith("application/x-www-form-urlencoded"):
        body = await request.body()
        if body.count(b"&") >= max_fields:
            raise HTTPException(400, f"at most {max_fields} fields")
        yield FormParts(_decoded(list(_pairs(body)), declared), [])
    elif content_type or await request.body():
        raise HTTPException(415, f"Content-Type: send {' or '.join(TYPES)}", {"accept": ", ".join(TYPES)})
    else:
        yield FormParts([], [])


@asynccontextmanager
async def _multipart(
    request: Request, max_fields: int, max_files: int
) -> AsyncIterator[tuple[FormData, list[str | None]]]:
    """The form, and the charset that each of its fields declares for itself."""
    boundary = _parameter(request.headers["content-type"], "boundary")
    headers = Headers({"content-type": f'multipart/form-data; charset={_BYTES}; boundary="{boundary}"'})
    parser = _Parser(headers, request.stream(), max_files=max_files, max_fields=max_fields)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400, error.message) from error
    try:
        yield form, parser.charsets
    finally:
        await form.close()


class _Parser(MultiPartParser):
    """Starlette's, which does not look at the charset that a part names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.charsets: list[str | None] = []

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        if self._current_part.file is None:
            named = dict(self._current_part.item_headers).get(b"content-type", b"")
            self.charsets.append(_declared(named.decode(_BYTES)))


def _pairs(body: bytes) -> Iterator[FormField]:
    for part in body.split(b"&"):
        if part:
            name, _, value = part.replace(b"+", b" ").partition(b"=")
            yield FormField(unquote_to_bytes(name), unquote_to_bytes(value))


def _decoded(form: list[FormField], declared: str | None) -> list[tuple[str, str]]:
    """The fields in the declared charset or UTF-8 if they all can be, else in windows-1252: a form is in one.

    A field that declares a charset of its own is read in that one, if it can be.
    """
    own = [_read(field.value, field.declared) for field in form]
    pairs = [(field.name, b"" if text is not None else field.value) for field, text in zip(form, own, strict=True)]
    fallbacks = dict.fromkeys((declared or "utf-8", "utf-8", "cp1252"))
    for charset in fallbacks:
        try:
            rest = [(name.decode(charset), value.decode(charset)) for name, value in pairs]
        except UnicodeDecodeError:
            continue
        return [(name, value if text is None else text) for (name, value), text in zip(rest, own, strict=True)]
    for name, value in pairs:
        try:
            value.decode("cp1252")
        except UnicodeDecodeError:
            where = name.decode("ascii", "ignore")[:100]
            raise HTTPException(400, f"{where}: the words are neither in UTF-8 nor in windows-1252") from None
    raise HTTPException(400, "The names of the fields are neither in UTF-8 nor in windows-1252")


def _read(value: bytes, charset: str | None) -> str | None:
    try:
        return value.decode(charset) if charset else None
    except UnicodeDecodeError:
        return None


def _declared(content_type: str) -> str | None:
    """The charset that the content type names. Raises 400 for one that is not read here."""
    name = _parameter(content_type, "charset")
    if not name:
        return None
    charset = _CHARSETS.get("".join(filter(str.isalnum, name)).lower())
    if charset is None:
        raise HTTPException(400, f"charset: {name[:40]!r} is not read here: send UTF-8")
    return charset


def _parameter(content_type: str, name: str) -> str:
    message = Message()
    message["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    value = message.get_param(name, "")
    return value if isinstance(value, str) else ""
