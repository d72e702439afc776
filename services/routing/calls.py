"""A POST to `/agency/v1`: who sends it, with which `Idempotency-Key` and which `If-Match`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

from fastapi import Header, Request
from pydantic import BaseModel

from kit import conditions, idempotency
from kit.caller import Caller, Role
from kit.conditions import IF_MATCH
from kit.idempotency import HEADER, KEY_LIMIT, KeptAnswer, Keyed

_IF_MATCH_SAYS = (
    "The ETag of the report as it was read: if anything happened to it since, the answer is 412 and nothing is done."
)


class Call(NamedTuple):
    """What a POST says beside its path and body."""

    caller: Caller
    keyed: Keyed | None
    if_match: str | None


def call_by(caller_of: Callable[[Request], Caller], *roles: Role) -> Callable[..., Awaitable[Call]]:
    """A dependency: the call, whose caller must have one of the roles. Raises `BadIdempotencyKey`."""

    async def call(
        request: Request,
        key: Annotated[
            str | None,
            Header(alias=HEADER, description=idempotency.DESCRIPTION, json_schema_extra={"maxLength": KEY_LIMIT}),
        ] = None,
        if_match: Annotated[str | None, Header(alias=IF_MATCH, description=_IF_MATCH_SAYS)] = None,
    ) -> Call:
        caller = caller_of(request)
        caller.need(*roles)
        keyed = idempotency.keyed(request, caller, await request.body())
        return Call(caller, keyed, conditions.asked(request, IF_MATCH))

    return call


def answer_of(view: BaseModel, status: int = 200) -> KeptAnswer:
    """The view as an answer, with the ETag that a GET of it has."""
    body = view.model_dump_json().encode()
    return KeptAnswer(status, body, {"content-type": "application/json", "etag": conditions.tag_of(body)})


def need_unchanged(if_match: str | None, current: Callable[[], BaseModel]) -> None:
    """Raise `PreconditionFailed` if the caller names another ETag than that of the `current` view."""
    if if_match is not None:
        conditions.need_match(if_match, conditions.tag_of(current().model_dump_json().encode()))
