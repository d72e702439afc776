"""How much a request may bring: its body is read here, whole, before anybody else sees it."""

import asyncio
from contextlib import suppress

from starlette.types import Message, Receive, Scope

from gateway.errors import Refused
from gateway.routes import KIB, MIB, PHOTO_LIMIT, URL_LIMIT

_DRAIN_SECONDS = 2.0


class Gone(Exception):
    """The caller hung up."""


def check_url(scope: Scope) -> None:
    """Raises `Refused` 414 for an address that is too long."""
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > URL_LIMIT:
        raise Refused(414, f"An address may have {URL_LIMIT} bytes")


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The body. Raises `Refused` 413 as soon as it is known to be longer than `limit` bytes, said or sent."""
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    # int() of a million digits takes long, so the digits are counted first.
    if len(said) > 12 or (said.isdigit() and int(said) > limit):
        await _drain(receive)
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    while True:
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
