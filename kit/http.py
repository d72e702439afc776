"""Uvicorn's HTTP protocol with the limits that it lacks: on a request's head, and on what a slow connection may hold.

The head is the request line and the headers.
"""

import asyncio
import fcntl
import re
import sys
import termios
from typing import Final

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kit.connections import REFUSED, SEND_SECONDS, UNREAD_SECONDS, Bounds, Connections, Pace

HEAD_LIMIT: Final = 64 * 1024
"""Bytes of a head; a connection is closed once more than these have come without the end of the headers."""
HEAD_SECONDS: Final = 20.0
"""Seconds in which a head must be complete; without a limit, a slow caller would keep a descriptor for ever."""

_H2C: Final = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n)", re.IGNORECASE)

_BODY: Final = orjson.dumps(
    {"type": "/problems/request-header-fields-too-large", "title": "Request Header Fields Too Large", "status": 431}
)
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection whose head is too large or too slow, whose body is too slow, or that takes no answer.

    The application never sees a request without a whole head. It is the one to refuse a slow body with words; here
    follows the end of the connection, and of those bodies that no application reads.
    """

    all_connections: Connections
    """Set by `bounded`."""
    _head = 0
    _in_head = _began = False
    _is_refused = False
    _timeout: asyncio.TimerHandle | None = None
    _body: Pace | None = None
    _unsent: Pace | None = None
    _answered = float("inf")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As the base class, and start the time limit for the first head."""
        super().connection_made(transport)
        welcome = self.all_connections.enter(self, self.client[0] if self.client else "", self.loop)
        if welcome is None:
            transport.abort()
            return
        self._is_refused = not welcome
        self._start_timeout()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timeout()
        self.all_connections.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As the base class, and count the bytes that contain no more than a part of a head."""
        self._began = False
        super().data_received(_without_h2c(data) if self.is_idle() else data)
        self._head = self._head + len(data) if self._in_head and not self._began else 0
        if self._head > HEAD_LIMIT and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._in_head = self._began = True
        if self._timeout is None:
            self._start_timeout()
        super().on_message_begin()
        if self._is_refused:
            self.scope["state"][REFUSED] = True

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._cancel_timeout()
        self._body, self._answered = Pace(self.loop.time()), float("inf")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._body is not None:
            self._body.moved += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._body = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._answered = self.loop.time()
        super().on_response_complete()

    def is_idle(self) -> bool:
        return self._in_head or self.cycle is None or self.cycle.response_complete

    def is_too_slow(self, now: float, bounds: Bounds) -> bool:
        return self._body_is_late(now, bounds) or self._answer_is_stuck(now, bounds)

    def abort(self) -> None:
        """Close now, without waiting for the caller to take what is written."""
        self.transport.abort()

    def _body_is_late(self, now: float, bounds: Bounds) -> bool:
        if self._body is None or self.flow.read_paused:
            return False  # complete, or the application has yet to read what came
        return self._body.body_is_late(now, bounds) or now - self._answered > UNREAD_SECONDS

    def _answer_is_stuck(self, now: float, bounds: Bounds) -> bool:
        if not self.transport.get_write_buffer_size():
            self._unsent = None
            return False
        unsent = self.transport.get_write_buffer_size() + self._in_kernel()
        if self._unsent is None or unsent > self._unsent.waiting:
            self._unsent = Pace(now, unsent)
        elif now - self._unsent.began >= SEND_SECONDS:
            taken, seconds = self._unsent.waiting - unsent, now - self._unsent.began
            if taken < bounds.least_speed * seconds:
                return True
            self._unsent = Pace(now, unsent)
        return False

    def _in_kernel(self) -> int:
        """Bytes that the kernel has and the caller has not acknowledged: of these it takes megabytes at once from us,
        so that our own buffer stands still for a minute while a caller on a slow line reads steadily."""
        try:
            answer = fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
        except (OSError, ValueError, AttributeError):  # closed meanwhile, or no TCP
            return 0
        return int.from_bytes(answer, sys.byteorder)

    def _start_timeout(self) -> None:
        self._timeout = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _cancel_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None


def _without_h2c(data: bytes) -> bytes:
    """The beginning of a request without its offer to change to HTTP/2, which a server may pass over (RFC 9110, 7.8).

    Java's HttpClient makes it with every request, and httptools then takes the body for something else.

    >>> _without_h2c(b"POST / HTTP/1.1\\r\\nUpgrade: h2c\\r\\nHost: x\\r\\n\\r\\nUpgrade: h2c")
    b'POST / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\nUpgrade: h2c'
    """
    head, end, body = data.partition(b"\r\n\r\n")
    return _H2C.sub(b"", head + b"\r\n", count=1)[:-2] + end + body if b"h2c" in head else data


def bounded(bounds: Bounds, files: int) -> type[BoundedHttp]:
    """The protocol of one server, whose connections are counted together."""
    return type("BoundedHttp", (BoundedHttp,), {"all_connections": Connections(bounds, files)})
