"""How much a request may bring: its body is read here, whole, before anybody else sees it."""

import asyncio
from contextlib import suppress

from starlette.types import Message, Receive, Scope

from gateway.door.errors import Refused
from gateway.door.routes import KIB, MIB, PHOTO_LIMIT, URL_LIMIT

_DRAIN_SECONDS = 2.0
PIECE_SECONDS, BODY_SECONDS = 20.0, 300.0
"""How long the next piece of a body, and all of it, is waited for."""
SMALL = 64 * KIB
LARGE_AT_ONCE = 128 * MIB
"""What the bodies being read may have beyond a small one each: who sends large ones never hinders who sends an SMS."""


class Gone(Exception):
    """The caller hung up."""


def check_url(scope: Scope) -> None:
    """Raises `Refused` 414 for an address that is too long."""
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > URL_LIMIT:
        raise Refused(414, f"An address may have {URL_LIMIT} bytes")


class _Reading:
    """Counts what all bodies that are being read have beyond `SMALL`."""

    large = 0

    def __init__(self) -> None:
        self._mine = 0

    def grew_to(self, size: int) -> None:
        """Raises `Refused` 503 when all of them together are too many."""
        more = max(0, size - SMALL) - self._mine
        if more and _Reading.large + more > LARGE_AT_ONCE:
            raise Refused(503, "Too many large bodies come at once", {"connection": "close", "retry-after": "10"})
        self._mine += more
        _Reading.large += more

    def ended(self) -> None:
        _Reading.large -= self._mine


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The body. Raises `Refused`: 413 as soon as it is known to be longer than `limit` bytes, said or sent; 408 when
    it stops coming; 503 when too much comes at once. Raises `Gone`."""
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    # int() of a million digits takes long, so the digits are counted first.
    if len(said) > 12 or (said.isdigit() and int(said) > limit):
        await _drain(receive)
        raise _too_large(limit)
    reading = _Reading()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(receive, limit, reading)
    except TimeoutError:
        raise Refused(408, "The body stopped coming", {"connection": "close"}) from None
    finally:
        reading.ended()


async def _read(receive: Receive, limit: int, reading: _Reading) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        async with asyncio.timeout(PIECE_SECONDS):
            message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            await _drain(receive)
            raise _too_large(limit)
        if not message.get("more_body", False):
            return b"".join(parts)
        reading.grew_to(size)


async def _drain(receive: Receive) -> None:
    """Read on for a while: a caller that is still sending when the connection closes never sees the answer."""
    left = 4 * PHOTO_LIMIT
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives `body` once, then what the connection says."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _too_large(limit: int) -> Refused:
    size = f"{limit // MIB} MiB" if limit >= MIB else f"{limit // KIB} KiB"
    return Refused(413, f"The body may have {size}", {"connection": "close"})
