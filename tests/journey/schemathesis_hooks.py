"""Hooks for `schemathesis`: what the document says in words, as generators of clients read it as no schema."""

import re
from typing import Any
from uuid import uuid4

import schemathesis
from pydantic import HttpUrl, TypeAdapter, ValidationError

_KEY = re.compile(r"[!#-~]{1,255}")
_URL: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)
_POINT = ("lat", "long")


@schemathesis.hook
def map_body(_: schemathesis.HookContext, body: Any) -> Any:
    """RFC 6761: a name under `.invalid` leads nowhere, and no server is asked for it."""
    if not isinstance(body, dict) or "url" not in body:
        return body
    try:
        _URL.validate_python(body["url"], strict=True)
    except ValidationError:
        return body  # an invalid URL, to be refused by the API
    return body | {"url": "https://dpu.invalid/hook"}


@schemathesis.hook
def map_headers(_: schemathesis.HookContext, headers: Any) -> Any:
    """A key is for one request, and an ETag that nobody was given fits nothing: no schema says so."""
    if not isinstance(headers, dict):
        return headers
    headers = {name: value for name, value in headers.items() if name != "If-Match"}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and _KEY.fullmatch(key):
        headers["Idempotency-Key"] = str(uuid4())
    return headers


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: "schemathesis.Case[Any]", kwargs: dict[str, Any]) -> None:
    """Members that belong together, in what is meant to be valid; in what is not, no empty value, which is valid."""
    if case.meta is not None and case.meta.generation.mode.is_negative:
        if isinstance(case.query, dict):
            case.query.update({name: "-" for name, value in case.query.items() if value == ""})
        return
    name = case.operation.definition.raw.get("operationId")
    if name == "listServiceRequests" and isinstance(case.query, dict) and not _has_point(case.query):
        _drop(case.query, *_POINT, "radius")
    if name in ("fileReport", "postServiceRequest") and isinstance(case.body, dict):
        if not _has_point(case.body):
            _drop(case.body, *_POINT)
        if name == "postServiceRequest":
            case.body["address_string"] = "Sumberarum"
        elif not case.body.get("closed_at"):
            _drop(case.body, "closure")


def _has_point(members: dict[str, Any]) -> bool:
    return all(members.get(name) is not None for name in _POINT)


def _drop(members: dict[str, Any], *names: str) -> None:
    for name in names:
        members.pop(name, None)
