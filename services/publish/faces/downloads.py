"""Files as HTTP answers: streamed from the store, whole or in part."""

import logging
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from kit import conditions
from services.publish.releases import package
from services.publish.releases.files import Files
from services.publish.releases.intact import Damaged, Intact

logger = logging.getLogger(__name__)

NONE: Mapping[str, str] = {}
_RANGE = re.compile(r"bytes=([0-9]{1,18})?-([0-9]{1,18})?", re.ASCII)


class _Part(NamedTuple):
    """A range of a file's bytes, from `start` to before `end`."""

    start: int
    end: int
    size: int
    asked: bool = False
    """Whether the caller asked for a part, which may be all of it."""


class Downloads:
    """The store of files, opened when a file is first asked for."""

    def __init__(self, files_url: str) -> None:
        self._files_url = files_url
        self._opened: Files | None = None
        self.intact = Intact(lambda: self.files)

    @property
    def files(self) -> Files:
        self._opened = self._opened or Files(self._files_url)
        return self._opened

    async def answer(
        self, request: Request, path: str, size: int, digest: str, name: str, coding: Mapping[str, str] = NONE
    ) -> Response:
        """The file at `path`, which has so many bytes and this SHA-256, under `name`; 304 if the caller has it.

        `coding`: the headers of a file that is sent as the compressed form of another one.
        Raises `Damaged` if the file is not that one: nothing of it is sent.
        """
        headers = {"etag": f'"{digest}"', "cache-control": "no-cache", **coding}
        if conditions.is_known(conditions.asked(request, "If-None-Match"), headers["etag"]):
            return Response(status_code=304, headers=headers)
        part = _part(request, size, headers["etag"])
        try:
            body = await run_in_threadpool(self._begin, path, part, size, digest)
        except Damaged as error:
            logger.error("a file cannot be sent: %s", error)
            raise
        return self._stream(request, name, part, headers, body)

    def _begin(self, path: str, part: _Part, size: int, digest: str) -> Iterator[bytes]:
        """The bytes of the part. What can fail before the first of them fails here, before any answer."""
        self.intact.check(path, size, digest)
        chunks = self._read(path, part)
        return chain([next(chunks, b"")], chunks)

    def _stream(
        self, request: Request, name: str, part: _Part, headers: Mapping[str, str], chunks: Iterator[bytes]
    ) -> Response:
        answer_headers = {
            **headers,
            "content-length": str(part.end - part.start),
            "accept-ranges": "bytes",
            "content-disposition": f'attachment; filename="{name}"',
        }
        if part.asked:
            answer_headers["content-range"] = f"bytes {part.start}-{part.end - 1}/{part.size}"
        body = iterate_in_threadpool(iter(()) if request.method == "HEAD" else chunks)
        return StreamingResponse(body, 206 if part.asked else 200, answer_headers, media_type=package.media_type(name))

    def _read(self, path: str, part: _Part) -> Iterator[bytes]:
        try:
            yield from self._read_file(path, part)
        except OSError as error:  # raised on, so that the connection is cut and the caller sees that bytes lack
            logger.error("%s could not be read to its end", path, exc_info=error)
            raise

    def _read_file(self, path: str, part: _Part) -> Iterator[bytes]:
        return self.files.read(path, part.start, part.end - part.start)


def _part(request: Request, size: int, etag: str) -> _Part:
    """The range in `Range` (RFC 9110, section 14.2); the whole file if it has several, or is for another version."""
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    if match is None or not any(match.groups()) or request.headers.get("if-range") not in (None, etag):
        return _Part(0, size, size)
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        raise HTTPException(416, "The file has no such bytes", {"content-range": f"bytes */{size}"})
    return _Part(start, end, size, asked=True)
