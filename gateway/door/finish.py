"""The last hand on an answer: a page for a person in place of a problem document, an ETag, 304, and a coding."""

from collections.abc import Callable
from typing import Final

from starlette.responses import Response
from starlette.types import Message, Scope, Send

from gateway.client.headers import Headers
from gateway.door import accept, coding
from gateway.door.coding import Compressor
from kit.conditions import is_known, of_coding, tag_of, without_codings

_KEPT: Final = 1024 * 1024
"""Bytes of an answer that is put together before it is sent; a longer one, or one of unknown length, is passed on."""
_PROBLEM: Final = b"application/problem+json"
_OF_304: Final = frozenset({b"cache-control", b"content-location", b"date", b"etag", b"expires", b"vary", b"link"})
_WITHOUT_CONTENT: Final = frozenset({204, 304})
"""Statuses whose answers end with the headers: a byte more, and the caller closes the connection."""

ShowProblem = Callable[[bytes], Response]
"""Makes the page for a person of a problem document."""


class Finish:
    """The `send` of one request."""

    def __init__(self, scope: Scope, send: Send, page: ShowProblem) -> None:
        self._send, self._page = send, page
        asked = dict(scope["headers"])
        self._reads = scope["method"] in ("GET", "HEAD")
        self._is_person = self._reads and accept.normal(asked.get(b"accept", b"")).startswith(b"text/html")
        self._held = without_codings(asked.get(b"if-none-match", b"").decode("latin-1"))
        self._coding = coding.choose(asked.get(b"accept-encoding", b"").decode("latin-1"))
        self._start: Message | None = None
        self._parts: list[bytes] = []
        self._compressor: Compressor | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] == "http.response.body":
            await self._go_on(message.get("body", b""), more=message.get("more_body", False))
        else:
            await self._send(message)

    async def _begin(self, start: Message) -> None:
        if start["status"] in _WITHOUT_CONTENT:
            await self._send(start)
            return
        headers = dict(start["headers"])
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) <= _KEPT and b"accept-ranges" not in headers:
            self._start = start
            return
        if _may_be_coded(headers):
            start = {**start, "headers": self._of_stream(start["headers"])}
        await self._send(start)

    def _of_stream(self, headers: Headers) -> Headers:
        if self._coding is None:
            return _varying(headers, b"Accept-Encoding")
        self._compressor = coding.CODINGS[self._coding]()
        return of_coded(headers, self._coding, None)

    async def _go_on(self, body: bytes, *, more: bool) -> None:
        if self._start is not None:
            self._parts.append(body)
            if not more:
                await self._whole(self._start, b"".join(self._parts))
            return
        if self._compressor is not None:
            body = self._compressor.compress(body) + (b"" if more else self._compressor.end())
        if body or not more:
            await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def _whole(self, start: Message, body: bytes) -> None:
        status, headers = start["status"], list(start["headers"])
        if self._is_person and dict(headers).get(b"content-type") == _PROBLEM:
            page = self._page(body)
            body, headers = bytes(page.body), _in_place_of(headers, page.raw_headers)
        if may_be_coded := _may_be_coded(dict(headers)):
            headers = _varying(headers, b"Accept-Encoding")
        is_known_there = False
        if self._reads and status == 200:
            headers, tag = _tagged(headers, body)
            is_known_there = bool(self._held) and is_known(self._held, tag)
        if may_be_coded and self._coding and len(body) >= coding.SMALLEST:
            body = b"" if is_known_there else coding.coded(self._coding, body)
            headers = of_coded(headers, self._coding, len(body))
        if is_known_there:
            status, headers, body = 304, [each for each in headers if each[0] in _OF_304], b""
        await self._answer(status, headers, body)

    async def _answer(self, status: int, headers: Headers, body: bytes) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


def _may_be_coded(headers: dict[bytes, bytes]) -> bool:
    if b"content-encoding" in headers or b"accept-ranges" in headers:
        return False
    return coding.is_worth_it(headers.get(b"content-type", b"").decode("latin-1"))


def _tagged(headers: Headers, body: bytes) -> tuple[Headers, str]:
    """The headers with an ETag, and it; made of the content if the service gave none."""
    given = dict(headers).get(b"etag")
    if given is not None:
        return headers, given.decode("latin-1")
    tag = tag_of(body)
    return [*headers, (b"etag", tag.encode())], tag


def of_coded(headers: Headers, name: str, length: int | None) -> Headers:
    """The headers of the same content in a coding, whose bytes are others, and so its ETag."""
    kept = [each for each in headers if each[0] not in (b"content-length", b"etag")]
    tag = dict(headers).get(b"etag")
    if tag is not None:
        kept.append((b"etag", of_coding(tag.decode("latin-1"), name).encode("latin-1")))
    if length is not None:
        kept.append((b"content-length", b"%d" % length))
    return _varying([*kept, (b"content-encoding", name.encode())], b"Accept-Encoding")


def _in_place_of(headers: Headers, of_page: Headers) -> Headers:
    """The headers of a page in place of a problem document, with those that still hold, such as `Retry-After`."""
    new = dict(of_page)
    return _varying([*(each for each in headers if each[0] not in new), *of_page], b"Accept")


def _varying(headers: Headers, name: bytes) -> Headers:
    vary = next((value for key, value in headers if key == b"vary"), b"")
    if name.lower() in vary.lower().replace(b" ", b"").split(b","):
        return headers
    return [*(each for each in headers if each[0] != b"vary"), (b"vary", vary + b", " + name if vary else name)]
