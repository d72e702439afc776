"""Conditional requests (RFC 9110, section 13): the ETag of an answer, `If-Match` and `If-None-Match`."""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from kit.problems import Problem, Problems

IF_MATCH: Final = "If-Match"
_TAG: Final = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]{0,255}")')


_CODED: Final = re.compile(r'--(?:gzip|br|zstd)"')


class PreconditionFailed(Exception):
    """What the caller saw is not what is there now."""


PROBLEMS: Problems = {
    PreconditionFailed: Problem(HTTPStatus.PRECONDITION_FAILED, "precondition-failed", "It has changed meanwhile"),
}


def tag_of(body: bytes) -> str:
    """The strong ETag of an answer: a hash of its bytes."""
    return f'"{sha256(body).hexdigest()[:32]}"'


def asked(request: Request, name: str) -> str | None:
    """All lines of a header as one list."""
    return asked_in(request.scope["headers"], name.lower().encode())


def asked_in(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    """As `asked`, from the headers of a scope; `name` is in lower case, as theirs are.

    >>> asked_in([(b"if-match", b'"a"'), (b"if-match", b'"b"')], b"if-match")
    '"a", "b"'
    """
    lines = [value.decode("latin-1") for key, value in headers if key == name]
    return ", ".join(lines) if lines else None


def of_coding(tag: str, coding: str) -> str:
    """The ETag of the same content in a content coding, whose bytes are others.

    >>> of_coding('"a"', "gzip")
    '"a--gzip"'
    """
    return f'{tag[:-1]}--{coding}"'


def without_codings(tags: str) -> str:
    """A list of ETags as it was before any coding; so what a caller got compressed is good for `If-Match`, too.

    >>> without_codings('"a--gzip", W/"b"')
    '"a", W/"b"'
    """
    return _CODED.sub('"', tags)


def need_match(if_match: str | None, tag: str) -> None:
    """Raise `PreconditionFailed` unless the `If-Match` names this strong tag, or is `*`, or there is none."""
    if if_match is None or if_match.strip() == "*":
        return
    # A weak tag never matches here, not even itself (section 8.8.3.2).
    if tag not in {quoted for weak, quoted in _TAG.findall(if_match) if not weak}:
        raise PreconditionFailed(f"The ETag is {tag} now: read it again, and decide again")


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Whether the caller of a GET has this already: weak tags match, and `*` matches whatever there is."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in {quoted for _, quoted in _TAG.findall(if_none_match)}


def shown(request: Request, body: bytes, headers: Mapping[str, str], tag: str | None = None) -> Response:
    """The answer to a GET with its ETag, or 304 if the caller has it. `tag`: if it is not that of the whole body."""
    tag = tag or tag_of(body)
    if is_known(asked(request, "If-None-Match"), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"etag": tag})
    return Response(body, headers={**headers, "etag": tag})
