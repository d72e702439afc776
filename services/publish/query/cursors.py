"""Positions in a list, newest first, as cursors that only this service can make."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from contracts.ids import ID
from kit.db import micros
from services.publish.log.as_of import FIRST
from services.publish.query.parameters import BadQuery, NotFound

_POSITION = re.compile(r"(-?[0-9]{1,18})\.(" + ID + r")(?:\.([0-9]{1,16}))?", re.ASCII)
_CHECK = 6
CURSOR = r"[A-Za-z0-9_-]{58,108}"
"""A cursor as it is written, for a full match: the check, a time, an id and another time, in Base64."""


EXAMPLE = "Zm9vYmFyMTc5NTUwMDAwMDAwMDAwMC4wYjZmMWM1Mi02ZDFlLTRjMzktOWYwZS0yYjFi"
"""What a cursor looks like."""


class Position(NamedTuple):
    """The last record of a page: when it was received, in microseconds, and its id."""

    received_at: int
    id: str
    as_of: datetime = FIRST
    """That of the first page: what changed since may be on pages that were read before."""


def cursor(position: Position, filters: Mapping[str, str]) -> str:
    """The cursor of the page after `position`, good for these filters only."""
    plain = f"{position.received_at}.{position.id}.{micros(position.as_of)}".encode()
    return urlsafe_b64encode(_check(plain, filters) + plain).decode().rstrip("=")


def position(written: str | None, filters: Mapping[str, str]) -> Position | None:
    """The position that a cursor names; raise `BadQuery` if the text is no cursor, `NotFound` if it is not ours."""
    if written is None:
        return None
    if not re.fullmatch(CURSOR, written):
        raise BadQuery("cursor", "take it from `next`")
    try:
        read = urlsafe_b64decode(written + "=" * (-len(written) % 4))
    except NotBase64:
        read = b""
    check, plain = read[:_CHECK], read[_CHECK:]
    match = _POSITION.fullmatch(plain.decode("ascii", "replace"))
    if match is None or check != _check(plain, filters):
        raise NotFound("cursor: there is no such page; take it from `next`, with the filters it came with")
    return Position(int(match[1]), match[2], FIRST + timedelta(microseconds=int(match[3] or 0)))


def _check(plain: bytes, filters: Mapping[str, str]) -> bytes:
    about = "&".join(f"{name}={filters[name]}" for name in sorted(filters)).encode("utf-8", "replace")
    return blake2b(plain + b"\n" + about, digest_size=_CHECK).digest()
