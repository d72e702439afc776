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


def install(app: Starlette, problems: Problems, open311: Render | None = None, prefix: str = "/open311") -> None:
    """Render `problems` by this table, under `prefix` by the hook. What is not in it is our fault, and says nothing.

    The `detail` of an error in the table is its `str`: raise those with words fit for the caller.
    """
    table = {**EVERYWHERE, **problems}
    answer = _Answer(open311, prefix)

    def known(request: Request, error: Exception) -> Response:
        problem = next(table[kind] for kind in type(error).__mro__ if kind in table)
        if isinstance(error, OperationalError):  # its message quotes statements
            log.error("the database did not answer", exc_info=error)
            return answer(request, problem, headers={"retry-after": "5"})
        headers = {"www-authenticate": "Bearer"} if problem.status == HTTPStatus.UNAUTHORIZED else {}
        return answer(request, problem, detail=str(error), headers=headers)

    def invalid(request: Request, error: Exception) -> Response:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        return answer(request, INVALID, errors=[(_pointer(e["loc"]), str(e["msg"])) for e in found])

    def http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        detail = str(error.detail) if isinstance(error, HTTPException) else ""
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        problem = _of_status(HTTPStatus(status))
        return answer(request, problem, detail="" if detail == problem.title else detail, headers=headers)

    def unexpected(request: Request, error: Exception) -> Response:
        log.error("unexpected failure of %s", request.scope.get("path", ""), exc_info=error)
        return answer(request, INTERNAL)

    for kind in table:
        app.add_exception_handler(kind, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)


class _Answer:
    def __init__(self, open311: Render | None, prefix: str) -> None:
        self._open311, self._prefix = open311, prefix

    def __call__(
        self,
        request: Request,
        problem: Problem,
        *,
        detail: str = "",
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        path = request.scope.get("path", "")
        if self._open311 is not None and path.startswith(self._prefix):
            said = [f"{pointer.rsplit('/', 1)[-1]}: {what}" for pointer, what in errors] or [detail or problem.title]
            response = self._open311(request, problem.status, [(int(problem.status), words) for words in said])
            response.headers.update(headers or {})
            return response
        return document(problem, path, detail=detail, errors=errors, headers=headers)


def document(
    problem: Problem,
    path: str,
    *,
    detail: str = "",
    errors: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document as a response. `errors` are JSON pointers and what is wrong there."""
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
    return Response(
        orjson.dumps(body), problem.status, headers=dict(headers or {}), media_type="application/problem+json"
    )


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
