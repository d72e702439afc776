"""Uvicorn's HTTP protocol with two limits that it lacks: on the size of a request's head, and on its time.

The head is the request line and the headers.
"""

import asyncio
from typing import Final

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT: Final = 64 * 1024
"""Bytes of a head; a connection is closed once more than these have come without the end of the headers."""
HEAD_SECONDS: Final = 20.0
"""Seconds in which a head must be complete; without a limit, a slow caller would keep a descriptor for ever."""

_BODY: Final = orjson.dumps(
    {"type": "/problems/request-header-fields-too-large", "title": "Request Header Fields Too Large", "status": 431}
)
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection whose head is too large or too slow; the application never sees such a request."""

    _head = 0
    _in_head = _began = False
    _timeout: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As the base class, and start the time limit for the first head."""
        super().connection_made(transport)
        self._start_timeout()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timeout()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As the base class, and count the bytes that contain no more than a part of a head."""
        self._began = False
        super().data_received(data)
        self._head = self._head + len(data) if self._in_head and not self._began else 0
        if self._head > HEAD_LIMIT and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._in_head = self._began = True
        if self._timeout is None:
            self._start_timeout()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._cancel_timeout()
        super().on_headers_complete()

    def _start_timeout(self) -> None:
        self._timeout = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _cancel_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None
