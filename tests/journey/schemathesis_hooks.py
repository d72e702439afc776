"""Hooks for `schemathesis`: what the document says in words, as generators of clients read it as no schema."""

import re
from collections.abc import MutableMapping
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
def before_call(_: schemathesis.HookContext, case: "schemathesis.Case[Any]", kwargs: dict[str, Any]) -> None:
    """Each request has a key of its own, and no ETag, as nobody was given one.

    In what is meant to be valid, members stand together that belong together; in what is not, no value is empty (or
    an empty list or object, which is written as one), which would be valid.
    """
    if case.meta is not None and case.meta.generation.mode.is_negative:
        if isinstance(case.query, dict):
            case.query.update({name: "-" for name, value in case.query.items() if value in ("", [], {})})
        return
    _drop(case.headers, "If-Match")
    if _KEY.fullmatch(str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = str(uuid4())
    name = str(case.operation.definition.raw.get("operationId"))
    if isinstance(case.query, dict):
        _mend_query(name, case.query)
    if isinstance(case.body, dict):
        _mend_body(name, case.body)


def _mend_query(name: str, query: dict[str, Any]) -> None:
    if "received_from" in query:
        _drop(query, "received_to")  # which must not be before it
    if not _is_box(query.get("bbox")):
        _drop(query, "bbox")
    if name == "listReports":
        _drop(query, "cursor")  # it belongs to the filters that it was given with
    _drop(query, "transferred_by_me")  # nobody gave a report away with the official key
    if name == "listChanges":
        _drop(query, "cursor", "epoch", "after")  # they belong to the log that they were given of
    if name == "listPlaces":
        _drop(query, "format")  # geojson has a media type of its own
    if name == "listServiceRequests" and not _has_point(query):
        _drop(query, *_POINT, "radius")


def _mend_body(name: str, body: dict[str, Any]) -> None:
    if name == "sayOfReport":
        body.update({"say": "add", "text": "Sekarang makin parah"})
    if name in ("fileReport", "postServiceRequest") and not _has_point(body):
        _drop(body, *_POINT)
    if name == "postServiceRequest":
        body["address_string"] = "Sumberarum"
    if name == "fileReport" and not body.get("closed_at"):
        _drop(body, "closure")


def _is_box(written: object) -> bool:
    """Whether the corners of a box stand in their order."""
    try:
        west, south, east, north = map(float, str(written).split(","))
    except ValueError:
        return False
    return west <= east and south <= north


def _has_point(members: dict[str, Any]) -> bool:
    return all(members.get(name) is not None for name in _POINT)


def _drop(members: MutableMapping[str, Any], *names: str) -> None:
    for name in names:
        members.pop(name, None)
