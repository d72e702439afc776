"""A service in another process, over connections that are kept alive."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

import aiohttp
from starlette.types import Receive, Scope, Send
from yarl import URL

from gateway.client.headers import HOP_BY_HOP
from gateway.door.errors import Refused


class Remote:
    """A service at a URL, as an ASGI app. Raises `Refused` 502 if it cannot be reached, 504 if it times out."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query: bytes = scope["query_string"]
        target = self._url + (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        url = URL(f"{target}?{query.decode('latin-1')}" if query else target, encoded=True)
        first = await receive() if scope["method"] not in ("GET", "HEAD") else {}
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        request = self._open().request(
            scope["method"], url, headers=headers, data=first.get("body") or None, allow_redirects=False
        )
        try:
            async with request as response:
                await self._pass_on(response, receive, send)
        except aiohttp.ServerTimeoutError as error:
            raise Refused(504) from error
        except aiohttp.ClientError as error:
            raise Refused(502, headers={"retry-after": "2"}) from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:  # it belongs to the event loop that first uses it
            self._session = aiohttp.ClientSession(
                # Shorter than the servers' own timeout, so that no request goes to a connection just closed.
                connector=aiohttp.TCPConnector(limit=256, keepalive_timeout=3),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=60),
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
