"""Hooks for `schemathesis`: the webhooks that it invents lead to no machine, and each request has a key of its own."""

import re
from typing import Any
from uuid import uuid4

import schemathesis
from pydantic import HttpUrl, TypeAdapter, ValidationError

_KEY = re.compile(r"[!#-~]{1,255}")
_URL: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


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
