"""`Idempotency-Key`: a POST sent again with the same key is done once, and answered as it was the first time.

As draft-ietf-httpapi-idempotency-key-header has it. The answer is kept in the transaction of the work itself, so that
neither can be there without the other. An error changes nothing and is not kept: the key may be sent again.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import astuple
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Row, select, update
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from kit.answered import ANSWERED
from kit.caller import Caller
from kit.problems import Problem, Problems
from kit.rows import insert_missing

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
"""The header, `true`, of an answer that was given before."""
KEY_LIMIT: Final = 255
DESCRIPTION: Final = (
    "A key of your choice, such as a UUID, for this one request. Sent again within a day with the same key and the "
    "same body, the request is done once and gets the answer of the first time."
)
PARAMETER: Final[dict[str, Any]] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": DESCRIPTION,
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LIMIT, "pattern": "^[!#-~]+$"},
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
"""For OpenAPI."""

# The draft has a quoted string (RFC 8941); the programs that are written for other APIs send the key alone.
_KEY: Final = re.compile(rf'"([ !#-\[\]-~]{{1,{KEY_LIMIT}}})"|([!#-~]{{1,{KEY_LIMIT}}})', re.ASCII)


class BadIdempotencyKey(Exception):
    """The header is no key."""


class IdempotencyKeyReused(Exception):
    """The caller sent another request with this key before."""


class AnswerErased(Exception):
    """The request was done, and its answer was erased since."""


PROBLEMS: Problems = {
    AnswerErased: Problem(HTTPStatus.GONE, "answer-erased", "This was done, and its answer was erased since"),
    BadIdempotencyKey: Problem(HTTPStatus.BAD_REQUEST, "bad-idempotency-key", "The Idempotency-Key cannot be read"),
    IdempotencyKeyReused: Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency-key-reused", "This key was used for another request"
    ),
}


class Keyed(NamedTuple):
    """A request with a key: the hash of its caller and key, and that of what it asks for."""

    id: str
    request: str

    def part(self, number: int) -> "Keyed":
        """The same of one part of a request whose parts are kept each for itself."""
        return Keyed(digest(self.id.encode(), b"%d" % number), self.request)


class KeptAnswer(NamedTuple):
    """An answer that can be kept. `replayed`: it was given before."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    replayed: bool = False

    def response(self) -> Response:
        again = {REPLAYED: "true"} if self.replayed else {}
        return Response(self.body, self.status, {**self.headers, **again})


def keyed(request: Request, caller: Caller, body: bytes) -> Keyed | None:
    """The request's key, if it has one; `body` is all that must be the same when it is sent again.

    Raises `BadIdempotencyKey`.
    """
    sent = request.headers.getlist(HEADER)
    if not sent:
        return None
    match = _KEY.fullmatch(sent[0].strip()) if len(sent) == 1 else None
    if match is None:
        raise BadIdempotencyKey(f"{HEADER} is one key of 1 to {KEY_LIMIT} visible ASCII characters, such as a UUID")
    key = match[1] or match[2]
    who = repr(astuple(caller)).encode()
    scope = request.scope
    asked = digest(scope["method"].encode(), scope["path"].encode(), scope["query_string"], body)
    return Keyed(digest(who, key.encode()), asked)


def once(session: Session, keyed: Keyed | None, now: datetime, work: Callable[[], KeptAnswer]) -> KeptAnswer:
    """The answer of `work`, or that which the same request got before. Raises `IdempotencyKeyReused`, `AnswerErased`.

    Of two at once, on PostgreSQL too, the second waits here for the first's transaction.
    """
    if keyed is None:
        return work()
    if not _is_new(session, keyed, now):
        return find(session, keyed) or once(session, keyed, now, work)  # None: it has just become too old
    answer = work()
    kept = {"status": answer.status, "headers": orjson.dumps(dict(answer.headers)), "body": zlib.compress(answer.body)}
    session.execute(update(ANSWERED).where(ANSWERED.c.id == keyed.id).values(kept))
    return answer


def claim(session: Session, keyed: Keyed, now: datetime) -> None:
    """Keep that the key is used for this request, whose parts are answered each for itself (see `Keyed.part`).

    Raises `IdempotencyKeyReused`.
    """
    if not _is_new(session, keyed, now):
        find(session, keyed)


def find(session: Session, keyed: Keyed) -> KeptAnswer | None:
    """The answer that the request got before. Raises `IdempotencyKeyReused`, `AnswerErased`."""
    row: Row[Any] | None = session.execute(select(ANSWERED).where(ANSWERED.c.id == keyed.id)).one_or_none()
    if row is None:
        return None
    if row.request != keyed.request:
        raise IdempotencyKeyReused("This key came before, with another body or at another address: take a new key")
    if row.status and not row.body:
        raise AnswerErased("The request was done. Its answer had words that were erased for privacy: read the report")
    body = zlib.decompress(row.body) if row.body else b""
    return KeptAnswer(row.status, body, orjson.loads(row.headers or b"{}"), replayed=True)


def _is_new(session: Session, keyed: Keyed, now: datetime) -> bool:
    row = {"id": keyed.id, "request": keyed.request, "status": 0, "headers": b"", "body": b"", "at": now}
    return bool(insert_missing(session, ANSWERED, [row], "id"))


def digest(*parts: bytes) -> str:
    """The SHA-256, in hex, of the parts and their lengths: no other parts have the same."""
    hashed = sha256()
    for part in parts:
        hashed.update(b"%d:" % len(part) + part)
    return hashed.hexdigest()
