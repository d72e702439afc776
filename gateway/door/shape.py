"""Limits how many parts a JSON body has, before anything makes an object of each."""

import re
from codecs import BOM_UTF8
from typing import Final

from gateway.door.errors import Refused

_DEPTH: Final = 32
_PARTS: Final = 1_000
_PARTS_OF_MANY: Final = 20_000
"""Of newline-delimited JSON, which may have 200 reports (`services.intake.many.LIMIT`)."""
# The end is optional: a string without one is read to the end of the body, and not again from each of its quotes.
_TEXT: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


def without_mark(path: str, content_type: bytes, body: bytes) -> bytes:
    """A body of JSON without the byte order mark before it, which RFC 8259 lets a reader pass over."""
    return body.removeprefix(BOM_UTF8) if _is_json(path, content_type) else body


def check_json(path: str, content_type: bytes, body: bytes) -> None:
    """Raises `Refused` 413 for JSON with too many members and elements, or nested too deeply."""
    if not _is_json(path, content_type):
        return
    most = _PARTS_OF_MANY if _kind(content_type).endswith(b"ndjson") else _PARTS
    if body.count(b",") + body.count(b"{") + body.count(b"[") <= min(most, _DEPTH):
        return
    bare = _TEXT.sub(b"", body)
    if bare.count(b",") + bare.count(b"{") + bare.count(b"[") > most:
        raise Refused(413, f"A body of JSON may have {most} members and elements")
    depth = 0
    for bracket in bare.translate(None, _NOT_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > _DEPTH:
            raise Refused(413, f"A body of JSON may be nested {_DEPTH} deep")


def _is_json(path: str, content_type: bytes) -> bool:
    # The REST faces read JSON whatever its type is said to be.
    return _kind(content_type).endswith(b"json") or path.startswith(("/v1/", "/agency/"))


def _kind(content_type: bytes) -> bytes:
    return content_type.partition(b";")[0].strip().lower()
