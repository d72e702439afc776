"""One report by its id, the question asked most: answered before the framework, which costs more than the query."""

import re
from http import HTTPStatus
from typing import NamedTuple

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts import ids
from kit import conditions
from kit.db import Reader
from services.publish.record import answers
from services.publish.record.values import complete

_ONE = """SELECT record.doc, face.history, face.log, record.edition, face.history_edition
FROM record JOIN face ON face.number = record.number WHERE record.id = :id"""
_PATH = re.compile(f"/v1/reports/({ids.ID})")


class ReportInBytes(NamedTuple):
    """A report as it is answered. `tag` is a hash of `body`, so it lives on whatever happens to other reports."""

    body: bytes
    tag: str

    def response(self, if_none_match: str | None) -> Response:
        """The answer, or 304 if the caller has it."""
        headers = {"etag": self.tag, "cache-control": "no-cache"}
        if conditions.is_known(if_none_match, self.tag):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(self.body, headers=headers, media_type="application/json")

    def messages(self, if_none_match: str | None) -> tuple[Message, Message]:
        """What `response` sends, made without it: it costs as much as the query."""
        headers = [(b"etag", self.tag.encode()), (b"cache-control", b"no-cache")]
        if conditions.is_known(if_none_match, self.tag):
            return _start(HTTPStatus.NOT_MODIFIED, headers), {"type": "http.response.body", "body": b""}
        headers += [(b"content-length", b"%d" % len(self.body)), (b"content-type", b"application/json")]
        return _start(HTTPStatus.OK, headers), {"type": "http.response.body", "body": self.body}


def _start(status: HTTPStatus, headers: list[tuple[bytes, bytes]]) -> Message:
    return {"type": "http.response.start", "status": int(status), "headers": headers}


async def find(reader: Reader, id: str) -> ReportInBytes | None:
    """The public report with this id as it is now, with its history and the indexes of its leaves in the log."""
    rows = await reader.rows(_ONE, {"id": id})
    return _in_bytes(*rows[0]) if rows else None


def find_now(reader: Reader, id: str) -> ReportInBytes | None:
    """As `find`, but blocks the thread: on SQLite that is quicker."""
    rows = reader.rows_now(_ONE, {"id": id})
    return _in_bytes(*rows[0]) if rows else None


def _in_bytes(doc: bytes, history: bytes, log: bytes, edition: int | None, steps: int | None) -> ReportInBytes:
    told = answers.complete(history, steps)
    body = b"".join((complete(doc, edition)[:-1], b',"history":', told, b',"log":', log, b"}"))
    return ReportInBytes(body, conditions.tag_of(body))


class ReportsFirst:
    """Answers a plain GET of a report that is there; all else goes to `app`, which answers the same, and errors."""

    def __init__(self, app: ASGIApp, reader: Reader) -> None:
        self._app, self._reader = app, reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            path = _PATH.fullmatch(scope["path"])
            if path is not None and (found := await find(self._reader, path[1])) is not None:
                for message in found.messages(conditions.asked_in(scope["headers"], b"if-none-match")):
                    await send(message)
                return
        await self._app(scope, receive, send)
