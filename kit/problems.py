"""Errors at the HTTP edge, as RFC 9457 problem documents; or in the older shape of one path, by a hook."""

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

import orjson
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

log = logging.getLogger(__name__)

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


Problems = Mapping[type[Exception], Problem]

Render = Callable[[Request, int, Sequence[tuple[int, str]]], Response]
"""Renders errors in another shape: the request, the status, and a code and a description of each."""

INVALID = Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "The request is not valid")
UNREADABLE = Problem(HTTPStatus.BAD_REQUEST, "unreadable-body", "The body cannot be read")
INTERNAL = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "Something went wrong here")
EVERYWHERE: Problems = {
    Unauthenticated: Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", "A key is needed"),
    Forbidden: Problem(HTTPStatus.FORBIDDEN, "forbidden", "This key is not for that"),
    OperationalError: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "service-unavailable", "Try again in a moment"),
}
# Python renamed these phrases in 3.13; the type of a problem must not change with them.
_NAMES = {
    413: ("content-too-large", "Content Too Large"),
    416: ("range-not-satisfiable", "Range Not Satisfiable"),
    422: ("invalid-request", INVALID.title),
}


class Explained(NamedTuple):
    """What a caller is told of an error; `errors` are JSON pointers and what is wrong there."""

    problem: Problem
    detail: str = ""
    errors: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = {}


def explain(error: Exception, problems: Problems) -> Explained:
    """What `error` looks like by this table; what is not in it is our fault, and says nothing.

    The `detail` of an error in the table is its `str`: raise those with words fit for the caller.
    """
    if isinstance(error, RequestValidationError):
        if any(each["type"] == "json_invalid" for each in error.errors() if "type" in each):
            return Explained(UNREADABLE, "The body must be JSON in UTF-8")
        return Explained(INVALID, errors=[(_pointer(e["loc"]), str(e["msg"])) for e in error.errors()])
    if isinstance(error, HTTPException):
        problem = _of_status(HTTPStatus(error.status_code))
        detail = "" if error.detail == problem.title else str(error.detail)
        return Explained(problem, detail, headers=error.headers or {})
    table = {**EVERYWHERE, **problems}
    kind = next((kind for kind in type(error).__mro__ if kind in table), None)
    if kind is None:
        return Explained(INTERNAL)
    if kind is OperationalError:  # its message quotes statements
        return Explained(table[kind], headers={"retry-after": "5"})
    headers = {"www-authenticate": "Bearer"} if table[kind].status == HTTPStatus.UNAUTHORIZED else {}
    return Explained(table[kind], str(error), headers=headers)


def log_fault(error: Exception, explained: Explained, path: str) -> None:
    """Tell those who run this of an error, if it is theirs and not the caller's."""
    if isinstance(error, OperationalError):
        log.error("the database did not answer: %s", path, exc_info=error)
    elif explained.problem is INTERNAL:
        log.error("unexpected failure: %s", path, exc_info=error)


def install(app: Starlette, problems: Problems, open311: Render | None = None, prefix: str = "/open311") -> None:
    """Answer errors as `explain` has them: problem documents, and under `prefix` what the hook renders."""

    def answer(request: Request, error: Exception) -> Response:
        explained, path = explain(error, problems), request.scope.get("path", "")
        log_fault(error, explained, path)
        if open311 is None or not path.startswith(prefix):
            return document(explained, path)
        problem, detail, errors, headers = explained
        said = [f"{pointer.rsplit('/', 1)[-1]}: {what}" for pointer, what in errors] or [detail or problem.title]
        response = open311(request, problem.status, [(int(problem.status), words) for words in said])
        response.headers.update(headers)
        return response

    for kind in (*EVERYWHERE, *problems, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, answer)


def document(explained: Explained, path: str) -> Response:
    """A problem document as a response."""
    body, problem = orjson.dumps(members(explained, path)), explained.problem
    return Response(body, problem.status, headers=dict(explained.headers), media_type="application/problem+json")


def members(explained: Explained, path: str) -> dict[str, object]:
    """The members of a problem document."""
    problem, detail, errors, _ = explained
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
    return body


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
