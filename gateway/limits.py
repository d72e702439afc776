"""How much a request may bring: its body is read here, whole, before anybody else sees it."""

from starlette.types import Message, Receive, Scope

from gateway.errors import Refused
from gateway.routes import KIB, MIB, URL_LIMIT


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
            raise _too_large(limit)
        if not message.get("more_body", False):
            return b"".join(parts)


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
