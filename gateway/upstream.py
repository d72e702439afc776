"""The services behind the gateway as ASGI apps, wherever they run: what may go on to them, and how to ask one."""

import asyncio
from collections.abc import Iterable
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Message, Scope

Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"host"}
)
_PRIVATE: Final = frozenset({b"authorization", b"cookie", b"x-request-id", b"expect", b"content-length"})


def forwarded(headers: Iterable[tuple[bytes, bytes]], body: bytes | None) -> Headers:
    """The caller's headers that may go on: nothing of the connection's, no key, nothing that only we may say."""
    kept = [
        (name, value)
        for name, value in headers
        if name not in HOP_BY_HOP and name not in _PRIVATE and not name.startswith(b"x-pendapa-")
    ]
    return kept if body is None else [*kept, (b"content-length", b"%d" % len(body))]


class Answer(NamedTuple):
    """A whole answer to a question of the gateway's own."""

    status: int
    headers: Headers
    body: bytes


async def ask(app: ASGIApp, path: str, headers: Headers, query: bytes = b"") -> Answer:
    """GET `path` of a service, for a page of the gateway's."""
    status, found, parts = 500, [], []

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nothing sets the event")

    async def send(message: Message) -> None:
        nonlocal status, found
        if message["type"] == "http.response.start":
            status, found = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": headers,
        "client": None,
        "server": None,
        "state": {},
    }
    await app(scope, receive, send)
    return Answer(status, found, b"".join(parts))
