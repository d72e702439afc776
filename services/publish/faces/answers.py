"""How publish answers: bytes that are ready, with an ETag that changes when what is published may change them."""

from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from zlib import crc32

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from contracts.times import utc
from kit import conditions, idempotency
from kit.db import Reader
from kit.openapi import operation_id
from kit.problems import Problem, Problems
from services.publish.log.behind import Behind
from services.publish.query import touched
from services.publish.query.parameters import BadQuery, NotFound
from services.publish.query.state import RecordState
from services.publish.query.touched import Wanted
from services.publish.releases.intact import Damaged

Endpoint = Callable[[Request], Awaitable[Response]]


class CursorAhead(Exception):
    """The cursor is of facts that the log does not have."""


class OtherEpoch(Exception):
    """The cursor is of a record that was replaced by an older one."""


class Hidden(Exception):
    """The report was public, and was hidden."""


class Withdrawn(Exception):
    """The release was withdrawn: a report in it was hidden."""


PROBLEMS: Problems = {
    BadQuery: Problem(HTTPStatus.BAD_REQUEST, "invalid-query", "A parameter of the query is not valid"),
    CursorAhead: Problem(HTTPStatus.BAD_REQUEST, "cursor-ahead", "The cursor is past the end"),
    OtherEpoch: Problem(HTTPStatus.GONE, "other-epoch", "The record was restored since"),
    NotFound: Problem(HTTPStatus.NOT_FOUND, "not-found", "Not Found"),
    Hidden: Problem(HTTPStatus.GONE, "hidden", "This was taken out of public view"),
    Damaged: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "damaged-file", "This file is not the one that was published"),
    Behind: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "log-behind", "The log is older than what was published"),
    **idempotency.PROBLEMS,
    Withdrawn: Problem(HTTPStatus.GONE, "withdrawn-release", "This release was withdrawn"),
}


class ReadyBytes(APIRoute):
    """A documented route whose endpoint takes the request and returns the response, with nothing in between.

    FastAPI's own handling of parameters and models costs more than the query behind most of these answers.
    """

    def __init__(self, path: str, endpoint: Endpoint, **how: Any) -> None:
        super().__init__(path, endpoint, **{"generate_unique_id_function": operation_id, **how})

    def get_route_handler(self) -> Callable[[Request], Any]:
        return self.endpoint


class Answers:
    """Puts the ETag on answers, and answers 304 before anything else is read."""

    def __init__(self, reader: Reader, edition: bytes) -> None:
        """`edition`: further bytes that answers depend on, such as the region's own lists."""
        self._reader = reader
        self._edition = crc32(edition)

    async def fresh(
        self, request: Request, make: Callable[[], Awaitable[Response]], wanted: Wanted = MappingProxyType({})
    ) -> Response:
        """The answer that `make` makes, or 304 if the caller has it. It may depend on records with `wanted` only."""
        version, epoch = await touched.since(self._reader, wanted)
        return await self._unless_known(request, make, f"{version}-", (epoch or "").encode())

    async def lasting(self, request: Request, make: Callable[[], Awaitable[Response]]) -> Response:
        """As `fresh`, of an answer that depends on no record: on the region and this version of the code alone."""
        return await self._unless_known(request, make, "", b"")

    async def by_content(self, request: Request, make: Callable[[], Awaitable[Response]]) -> Response:
        """As `fresh`, of an answer that costs little to make: it lives on until its content changes."""
        response = await make()
        tag = conditions.tag_of(bytes(response.body))
        return _tagged(_NOT_MODIFIED() if _is_known(request, tag) else response, tag)

    async def _unless_known(
        self, request: Request, make: Callable[[], Awaitable[Response]], version: str, epoch: bytes
    ) -> Response:
        scope = request.scope
        # Of this address only, so that the tag of one address is never accepted for another.
        accept = request.headers.get("accept", "").encode()
        about = crc32(b"\n".join((scope["path"].encode(), scope["query_string"], accept)))
        tag = f'"{version}{about ^ self._edition ^ crc32(epoch):x}"'
        return _tagged(_NOT_MODIFIED() if _is_known(request, tag) else await make(), tag)


_NOT_MODIFIED = partial(Response, status_code=HTTPStatus.NOT_MODIFIED)


def _is_known(request: Request, tag: str) -> bool:
    return conditions.is_known(conditions.asked(request, "If-None-Match"), tag)


def _tagged(response: Response, tag: str) -> Response:
    response.headers.update({"etag": tag, "cache-control": "no-cache"})
    return response


def told(state: RecordState) -> dict[str, object]:
    """How far a list is whole, as its answer says it."""
    return {"as_of": utc(state.as_of), "epoch": state.epoch}


def json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
