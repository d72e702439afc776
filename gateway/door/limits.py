"""Limits the size and time of a request: its whole body is read here before a service gets it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from starlette.types import Message, Receive, Scope

from gateway.door.errors import Refused
from gateway.door.routes import KIB, MIB, PHOTO_LIMIT, SMS_URL_LIMIT, URL_LIMIT

_DRAIN_SECONDS = 2.0
_PARAMETERS = 200
SMALL = 64 * KIB
"""What a caller without a known key may send, and what no body has to share with others."""
LARGE_AT_ONCE = 128 * MIB
"""Bytes beyond `SMALL` that all bodies being read may have together, so that large ones never block an SMS."""
KEYLESS_SECONDS = 5.0
"""For `SMALL` bytes, or all of a smaller form, in which a key is looked for."""


class Disconnected(Exception):
    """The caller closed the connection before its body was complete."""


class BodyPatience(NamedTuple):
    """How long a body may take: `grace` seconds, and a second more for each `least_speed` bytes that came."""

    grace: float = 5.0
    least_speed: float = 500.0
    total: float = 300.0


def check_url(scope: Scope) -> None:
    """Raises `Refused` 414 for an address that is too long, or has too many parameters."""
    query: bytes = scope["query_string"]
    limit = SMS_URL_LIMIT if scope["path"].startswith("/channels/") else URL_LIMIT
    if len(scope.get("raw_path") or b"") + len(query) > limit:
        raise Refused(414, f"An address may have {limit} bytes")
    if query.count(b"&") >= _PARAMETERS:
        raise Refused(414, f"An address may have {_PARAMETERS} parameters")


class InFlight:
    """Counts the requests under way of each address; an address without any is forgotten."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: dict[str, int] = {}

    @contextmanager
    def counted(self, address: str) -> Iterator[None]:
        """Count a request within the block. Raises `Refused` 429 if its address has too many; "" is never counted."""
        if not address:
            yield
            return
        count = self._counts.get(address, 0)
        if count >= self._limit:
            detail = f"Your address has {self._limit} requests under way, and may have no more at once"
            raise Refused(429, detail, {"retry-after": "2"})
        self._counts[address] = count + 1
        try:
            yield
        finally:
            left = self._counts.pop(address) - 1
            if left:
                self._counts[address] = left

    def __len__(self) -> int:
        return len(self._counts)


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
        self._own = 0


class Body:
    """The body of one request, which comes in pieces.

    Its methods raise `Refused` 413 if it is longer than `limit` bytes, by its header or by its bytes; 408 if it stops
    coming or comes too slowly; 503 if too many large bodies come at once. They raise `Disconnected`.
    """

    def __init__(self, scope: Scope, receive: Receive, limit: int, patience: BodyPatience) -> None:
        self._receive, self._limit, self._patience = receive, limit, patience
        self._length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        self._parts: list[bytes] = []
        self._size, self._is_whole = 0, False
        self._began = asyncio.get_running_loop().time()

    async def beginning(self) -> bytes:
        """The first `SMALL` bytes, or all if there are fewer, if they come within `KEYLESS_SECONDS`."""
        await self._check_length()
        while self._size < SMALL and not self._is_whole:
            await self._piece(self._began + KEYLESS_SECONDS)
        return b"".join(self._parts)[:SMALL]

    async def whole(self) -> bytes:
        await self._check_length()
        reading = _Reading()
        try:
            while not self._is_whole:
                reading.grew_to(self._size)
                grace, speed, total = self._patience
                await self._piece(self._began + min(total, grace + self._size / speed))
        finally:
            reading.ended()
        return b"".join(self._parts)

    async def _piece(self, until: float) -> None:
        try:
            async with asyncio.timeout_at(until):
                message = await self._receive()
        except TimeoutError:
            raise Refused(408, "The body came too slowly, or stopped coming", {"connection": "close"}) from None
        if message["type"] == "http.disconnect":
            raise Disconnected
        self._parts.append(message.get("body", b""))
        self._size += len(self._parts[-1])
        self._is_whole = not message.get("more_body", False)
        if self._size > self._limit:
            await self._refuse_size()

    async def _check_length(self) -> None:
        # int() of a million digits takes long, so the digits are counted first.
        if len(self._length) > 12 or (self._length.isdigit() and int(self._length) > self._limit):
            await self._refuse_size()

    async def _refuse_size(self) -> None:
        await _drain(self._receive)
        size = f"{self._limit // MIB} MiB" if self._limit >= MIB else f"{self._limit // KIB} KiB"
        raise Refused(413, f"The body may have {size}", {"connection": "close"})


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
