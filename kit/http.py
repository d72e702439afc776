"""HTTP as uvicorn reads it through httptools, with a bound that it lacks: on what stands before a body."""

import asyncio
from typing import Final

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT: Final = 64 * 1024
"""Bytes of a first line and headers; a caller is cut off where so much, and a piece or two, came without an end."""
HEAD_SECONDS: Final = 20.0
"""In which they must have come whole: one who sends them for ever holds a descriptor for ever."""

_BODY: Final = orjson.dumps(
    {"type": "/problems/request-header-fields-too-large", "title": "Request Header Fields Too Large", "status": 431}
)
_REFUSAL: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class BoundedHttp(HttpToolsProtocol):
    """Hangs up on a caller whose headers have no end; nothing above would ever hear of them."""

    _head = 0
    _in_head = _began = False
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As the base class; a caller who says nothing is not waited for without end."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_longer_late()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As the base class; counted is what came in pieces that are nothing but a head."""
        self._began = False
        super().data_received(data)
        self._head = self._head + len(data) if self._in_head and not self._began else 0
        if self._head > HEAD_LIMIT and not self.transport.is_closing():
            self.transport.write(_REFUSAL)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._in_head = self._began = True
        if self._late is None:
            self._expect_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._no_longer_late()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _no_longer_late(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
