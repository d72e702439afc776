"""A POST to `/agency/v1`: who sends it, with which `Idempotency-Key` and which `If-Match`."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from fastapi import Request
from pydantic import BaseModel

from kit import conditions, idempotency
from kit.caller import Caller, Role
from kit.conditions import IF_MATCH
from kit.idempotency import KeptAnswer, Keyed

PARAMETERS: Final[list[dict[str, Any]]] = [
    idempotency.PARAMETER,
    {
        "name": IF_MATCH,
        "in": "header",
        "required": False,
        "description": "The ETag of the report as it was read. If anything happened to it since, nothing is done: 412.",
        "schema": {"type": "string"},
        "example": '"0c3f1ab0c5d14d1f8ef24ae1c8c9b2a7"',
    },
]
"""For OpenAPI; every POST has them (`openapi_extra`)."""


class Call(NamedTuple):
    """What a POST says beside its path and body."""

    caller: Caller
    keyed: Keyed | None
    if_match: str | None


def call_by(caller_of: Callable[[Request], Caller], *roles: Role) -> Callable[[Request], Awaitable[Call]]:
    """A dependency: the call, whose caller must have one of the roles. Raises `BadIdempotencyKey`."""

    async def call(request: Request) -> Call:
        caller = caller_of(request)
        caller.need(*roles)
        keyed = idempotency.keyed(request, caller, await request.body())
        return Call(caller, keyed, conditions.asked(request, IF_MATCH))

    return call


def answer_of(view: BaseModel, status: int = 200) -> KeptAnswer:
    """The view as an answer, with the ETag that a GET of it has."""
    body = view.model_dump_json().encode()
    return KeptAnswer(status, body, {"content-type": "application/json", "etag": tag_of(view)})


def tag_of(view: BaseModel) -> str:
    """The ETag of a view: it changes when something happens to the report, not when another one is found that may be
    its duplicate."""
    return conditions.tag_of(view.model_dump_json(exclude={"duplicates"}).encode())


def need_unchanged(if_match: str | None, current: Callable[[], BaseModel]) -> None:
    """Raise `PreconditionFailed` if the caller names another ETag than that of the `current` view."""
    if if_match is not None:
        conditions.need_match(if_match, tag_of(current()))
