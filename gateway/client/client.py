"""Calls the services' APIs for the gateway itself, on behalf of a caller; its pages are made from the answers."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import SecretStr
from starlette.types import ASGIApp, Message, Scope

from gateway.client.headers import Headers
from kit.caller import ANONYMOUS, Caller, headers_of


class Answer(NamedTuple):
    """A whole answer of a service."""

    status: int
    headers: Headers
    body: bytes


class Client:
    """Calls the services by their names, as ASGI apps, wherever they run."""

    def __init__(self, services: Mapping[str, ASGIApp], secret: SecretStr) -> None:
        self.services, self._secret = services, secret
        self._of_anonymous = headers_of(ANONYMOUS, secret)

    def headers(self, caller: Caller) -> Headers:
        """The headers that tell a service who is calling, and prove that they come from the gateway."""
        return list(self._of_anonymous) if caller is ANONYMOUS else headers_of(caller, self._secret)

    async def call(
        self,
        service: str,
        path: str,
        query: bytes = b"",
        *,
        method: str = "GET",
        body: bytes = b"",
        media_type: str = "application/json",
        caller: Caller = ANONYMOUS,
    ) -> Answer:
        """The whole answer to one request. Raises `Refused` 503 if the service is unreachable, 504 if it times out."""
        headers = self.headers(caller)
        if body:
            headers += [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))]
        exchange = _Exchange(body)
        await self.services[service](_scope(method, path, query, headers), exchange.receive, exchange.send)
        return Answer(exchange.status, exchange.headers, b"".join(exchange.parts))


class _Exchange:
    """The `receive` and `send` of one request: gives its body once, and collects the answer."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self.status, self.headers, self.parts = 500, Headers(), list[bytes]()

    async def receive(self) -> Message:
        if self._body is None:
            await asyncio.Event().wait()  # this caller never disconnects
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))


def _scope(method: str, path: str, query: bytes, headers: Headers) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
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
