"""Limits the size and time of a request: its whole body is read here before a service gets it."""

import asyncio
from contextlib import suppress

from starlette.types import Message, Receive, Scope

from gateway.door.errors import Refused
from gateway.door.routes import KIB, MIB, PHOTO_LIMIT, URL_LIMIT

_DRAIN_SECONDS = 2.0
PIECE_SECONDS, BODY_SECONDS = 20.0, 300.0
"""How long to wait for the next piece of a body, and for all of it."""
SMALL = 64 * KIB
LARGE_AT_ONCE = 128 * MIB
"""Bytes beyond `SMALL` that all bodies being read may have together, so that large ones never block an SMS."""


class Disconnected(Exception):
    """The caller closed the connection before its body was complete."""


def check_url(scope: Scope) -> None:
    """Raises `Refused` 414 for an address that is too long."""
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > URL_LIMIT:
        raise Refused(414, f"An address may have {URL_LIMIT} bytes")


class _Reading:
    """Counts the bytes that all bodies being read have beyond `SMALL`."""

    large = 0

    def __init__(self) -> None:
        self._own = 0

    def grew_to(self, size: int) -> None:
        """Raises `Refused` 503 when the bodies have too many bytes together."""
        more = max(0, size - SMALL) - self._own
        if more and _Reading.large + more > LARGE_AT_ONCE:
            raise Refused(503, "Too many large bodies come at once", {"connection": "close", "retry-after": "10"})
        self._own += more
        _Reading.large += more

    def ended(self) -> None:
        _Reading.large -= self._own


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The body. Raises `Refused` 413 if it is longer than `limit` bytes, by its header or by its bytes; 408 if it stops
    coming; 503 if too many large bodies come at once. Raises `Disconnected`."""
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    # int() of a million digits takes long, so the digits are counted first.
    if len(length) > 12 or (length.isdigit() and int(length) > limit):
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
            raise Disconnected
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            await _drain(receive)
            raise _too_large(limit)
        if not message.get("more_body", False):
            return b"".join(parts)
        reading.grew_to(size)


async def _drain(receive: Receive) -> None:
    """Read on for a while: if the connection closed while the caller sends, it would never see the answer."""
    left = 4 * PHOTO_LIMIT
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives `body` once, then the messages of `receive`."""
    done = False

    async def receive_body() -> Message:
        nonlocal done
        if done:
            return await receive()
        done = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_body


def _too_large(limit: int) -> Refused:
    size = f"{limit // MIB} MiB" if limit >= MIB else f"{limit // KIB} KiB"
    return Refused(413, f"The body may have {size}", {"connection": "close"})
