"""A service in another process, over connections that are kept alive."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress

import aiohttp
from starlette.types import Receive, Scope, Send
from yarl import URL

from gateway.client.headers import HOP_BY_HOP
from gateway.client.rest import Rest
from gateway.door.errors import Refused

CONNECTIONS = 256
CONNECT_SECONDS = 4.0
RETRY: Mapping[str, str] = {"retry-after": "2"}
_AWAY = "A part of this service is away; nothing of this request was done"


def _unknown(scope: Scope) -> str:
    if scope["method"] in ("GET", "HEAD"):
        return "A part of this service is away"
    return "A part of this service went away meanwhile: it is not known whether this was done"


class Remote:
    """A service at a URL, as an ASGI app.

    Raises `Refused` 503 if it cannot be reached or all connections stay in use, 504 if it does not answer in time.
    """

    def __init__(self, url: str, answer_seconds: float = 30.0) -> None:
        self._url, self._answer_seconds = url.rstrip("/"), answer_seconds
        self._session: aiohttp.ClientSession | None = None
        self._rest = Rest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query: bytes = scope["query_string"]
        target = self._url + (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        url = URL(f"{target}?{query.decode('latin-1')}" if query else target, encoded=True)
        if not self._rest.may_call():
            raise Refused(503, _AWAY, RETRY)
        first = await receive() if scope["method"] not in ("GET", "HEAD") else {}
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        request = self._open().request(
            scope["method"], url, headers=headers, data=first.get("body") or None, allow_redirects=False
        )
        try:
            async with request as response:
                self._rest.answered()
                await self._pass_on(response, receive, send)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:  # nothing was sent
            self._rest.silent()
            raise Refused(503, _AWAY, RETRY) from error
        except aiohttp.ServerTimeoutError as error:
            self._rest.silent()
            raise Refused(504, _unknown(scope), RETRY) from error
        except aiohttp.ClientError as error:  # such as a connection that ended while its answer was awaited
            raise Refused(503, _unknown(scope), RETRY) from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:  # it belongs to the event loop that first uses it
            self._session = aiohttp.ClientSession(
                # Shorter than the servers' own timeout, so that no request goes to a connection just closed.
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=3),
                # `connect` includes the wait for one of the connections, `sock_connect` does not.
                timeout=aiohttp.ClientTimeout(connect=CONNECT_SECONDS, sock_connect=3, sock_read=self._answer_seconds),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
        return self._session

    async def _pass_on(self, response: aiohttp.ClientResponse, receive: Receive, send: Send) -> None:
        headers = [(name.lower(), value) for name, value in response.raw_headers if name.lower() not in HOP_BY_HOP]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if response.content_length is None:
            await _until_disconnect(_stream(response, send), receive)
        else:
            await _stream(response, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _stream(response: aiohttp.ClientResponse, send: Send) -> None:
    async for chunk in response.content.iter_any():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _until_disconnect(work: Coroutine[None, None, None], receive: Receive) -> None:
    """Run `work` until the caller disconnects: a stream of changes never ends by itself."""
    streaming = asyncio.create_task(work)
    listening = asyncio.create_task(_disconnected(receive))
    await asyncio.wait((streaming, listening), return_when=asyncio.FIRST_COMPLETED)
    listening.cancel()
    if not streaming.done():
        streaming.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    with suppress(asyncio.CancelledError):
        await streaming


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
