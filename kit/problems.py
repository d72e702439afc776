"""Errors at the HTTP edge: RFC 9457 problem documents, and under /open311 the shape of GeoReport v2."""

import logging
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

import orjson
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts import open311
from kit import outage
from kit.log import without_token
from kit.outage import OutcomeUnknown, is_outage

logger = logging.getLogger(__name__)

_FAULTS: Final = 50
"""Listed in one answer."""
BASE = "/problems/"
"""Each type has a heading of the same name in docs/problems.md."""


class Problem(NamedTuple):
    """How one kind of error looks to a caller."""

    status: HTTPStatus
    slug: str
    title: str


class Unauthenticated(Exception):
    """The caller showed no key where one is needed."""


class Forbidden(Exception):
    """The caller's key is not for this."""


class Pointed(Exception):
    """An error of a request's body, with a JSON pointer and a fault for each member that is wrong."""

    def __init__(self, detail: str, errors: Sequence[tuple[str, str]]) -> None:
        super().__init__(detail)
        self.errors = errors


class Extended(Exception):
    """An error with further members in its problem document (RFC 9457, section 3.2)."""

    def __init__(self, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.members = members


Problems = Mapping[type[Exception], Problem]

INVALID = Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "The request is not valid")
UNREADABLE = Problem(HTTPStatus.BAD_REQUEST, "unreadable-body", "The body cannot be read")
INTERNAL = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "Something went wrong here")
EVERYWHERE: Problems = {
    Unauthenticated: Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", "A key is needed"),
    Forbidden: Problem(HTTPStatus.FORBIDDEN, "forbidden", "This key is not for that"),
    OutcomeUnknown: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "outcome-unknown", "It is not known whether this was kept"),
}
AWAY = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "service-unavailable", "Try again in a moment")
"""The database is away, or the machine lacks a resource; nothing of the request was kept."""
NO_SPACE = Problem(HTTPStatus.INSUFFICIENT_STORAGE, "insufficient-storage", "There is no space left to keep this")
_RETRY: Final = {"retry-after": "5"}
_NO_SPACE_DETAIL = "The server's disk is full; nothing of this request was kept. Its operator must make room"
_NO_SPACE_RETRY: Final = {"retry-after": "60"}
_UNKNOWN_DETAIL = (
    "The database was lost while it kept this. Look whether it is there before you send it again; "
    "with an Idempotency-Key, or a report with a source, it may be sent again at once: the same one is done once"
)
OPEN311: Final = "/open311"
_OPEN311_STATUS: Final = {401: 403, 422: 400}
"""GeoReport v2 has 403 for a bad or missing key, 404 for an unknown thing, and 400 for every other bad request."""
# Python renamed these phrases in 3.13; the type of a problem must not change with them.
_NAMES = {
    413: ("content-too-large", "Content Too Large"),
    416: ("range-not-satisfiable", "Range Not Satisfiable"),
    422: ("invalid-request", INVALID.title),
}


class Explained(NamedTuple):
    """An error as a caller may see it; `errors` are pairs of a JSON pointer and the fault at that place."""

    problem: Problem
    detail: str = ""
    errors: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = {}
    more: Mapping[str, object] = {}
    """Members of this kind of error only."""


def explain(error: Exception, problems: Problems) -> Explained:
    """The problem of `error` by this table; an error that is not in it is our own fault, and gets no detail.

    The `detail` of an error in the table is its `str`: raise such errors with a message meant for the caller.
    """
    if isinstance(error, RequestValidationError):
        if any(each["type"] == "json_invalid" for each in error.errors() if "type" in each):
            return Explained(UNREADABLE, "The body must be JSON in UTF-8")
        faults = error.errors()
        detail = f"The first {_FAULTS} of {len(faults)} faults" if len(faults) > _FAULTS else ""
        return Explained(INVALID, detail, [(_pointer(e["loc"]), str(e["msg"])) for e in faults[:_FAULTS]])
    if isinstance(error, HTTPException):
        problem = _of_status(HTTPStatus(error.status_code))
        detail = "" if error.detail == problem.title else str(error.detail)
        return Explained(problem, detail, headers=error.headers or {})
    table = {**EVERYWHERE, **problems}
    if isinstance(error, OutcomeUnknown):
        return Explained(table[OutcomeUnknown], _UNKNOWN_DETAIL, headers=_RETRY)
    kind = next((kind for kind in type(error).__mro__ if kind in table), None)
    if kind is None:
        return _of_machine(error)
    headers = {"www-authenticate": "Bearer"} if table[kind].status == HTTPStatus.UNAUTHORIZED else {}
    errors = error.errors if isinstance(error, Pointed) else ()
    more = error.members if isinstance(error, Extended) else {}
    return Explained(table[kind], str(error), errors, headers, more)


def _of_machine(error: Exception) -> Explained:
    """An error without a row in the table; without its own message, as one of the database quotes statements."""
    if not is_outage(error):
        return Explained(INTERNAL)
    said = outage.words(error)
    if said == outage.FULL:
        return Explained(NO_SPACE, _NO_SPACE_DETAIL, headers=_NO_SPACE_RETRY)
    return Explained(AWAY, f"On the server {said}" if said else "", headers=_RETRY)


def log_fault(error: Exception, explained: Explained, path: str) -> None:
    """Log an error that is ours and not the caller's."""
    path = without_token(path)
    if is_outage(error):
        logger.error("%s: %s", outage.words(error) or "the database did not answer", path, exc_info=error)
    elif explained.problem is INTERNAL:
        logger.error("unexpected failure: %s", path, exc_info=error)


def install(app: Starlette, problems: Problems) -> None:
    """Answer every error as `explain` describes it: as a problem document, or in Open311's shape under its path."""

    def answer(request: Request, error: Exception) -> Response:
        explained, path = explain(error, problems), request.scope.get("path", "")
        log_fault(error, explained, path)
        return respond(explained, path, request.headers.get("accept", ""))

    for kind in (*EVERYWHERE, *problems, *_outages(), RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, answer)


def _outages() -> tuple[type[Exception], ...]:
    """The types of errors that may be an outage; `explain` finds out whether one is."""
    drivers = [sqlite3.Error] + ([sys.modules["psycopg"].Error] if "psycopg" in sys.modules else [])
    return (DBAPIError, PoolTimeout, OSError, *drivers)


def respond(explained: Explained, path: str, accept: str) -> Response:
    """An error as a response; under /open311 in Open311's shape and the requested format."""
    return _open311(explained, path, accept) if path.startswith(OPEN311) else document(explained, path)


def document(explained: Explained, path: str) -> Response:
    """A problem document as a response."""
    body, problem = orjson.dumps(members(explained, path)), explained.problem
    return Response(body, problem.status, headers=dict(explained.headers), media_type="application/problem+json")


def _open311(explained: Explained, path: str, accept: str) -> Response:
    problem, detail, errors, headers, _ = explained
    status = _OPEN311_STATUS.get(int(problem.status), int(problem.status))
    descriptions = [f"{pointer.rsplit('/', 1)[-1]}: {what}" for pointer, what in errors] or [detail or problem.title]
    format = open311.asked_format(path, accept)
    body, content_type = open311.errors(format, status, [(status, words) for words in descriptions])
    headers = {name: value for name, value in headers.items() if name != "www-authenticate"}
    return Response(body, status, headers={**headers, "content-type": content_type})


def members(explained: Explained, path: str) -> dict[str, object]:
    """The members of a problem document."""
    problem, detail, errors, _, more = explained
    body: dict[str, object] = {
        "type": BASE + problem.slug,
        "title": problem.title,
        "status": int(problem.status),
        "instance": path,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = [{"pointer": pointer, "detail": what} for pointer, what in errors]
    return {**body, **more}


def _of_status(status: HTTPStatus) -> Problem:
    slug, title = _NAMES.get(status, (status.phrase.lower().replace(" ", "-"), status.phrase))
    return Problem(status, slug, title)


def _pointer(location: Sequence[object]) -> str:
    """A JSON pointer (RFC 6901) of pydantic's location, without the part that says "body".

    >>> _pointer(("body", "contact", "phone"))
    '/contact/phone'
    """
    parts = location[1:] if location and location[0] == "body" else location
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
