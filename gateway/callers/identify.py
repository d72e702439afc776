"""Identifies the caller by the key in the header, query or form, and keeps that key from the services."""

import re
from itertools import islice
from typing import Final
from urllib.parse import unquote_plus

from starlette.types import Scope

from gateway.callers.forms import multipart_values
from gateway.callers.keys import Holder, KeyHolders
from gateway.door.errors import Refused
from gateway.door.limits import SMALL
from gateway.door.routes import Route
from kit.caller import Caller

_API_KEY: Final = re.compile(rb"(?:^|&)api_key=([^&]{0,1000})")
_BEARER: Final = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +(\S+)")
_CHALLENGE: Final = {"www-authenticate": 'Bearer realm="pendapa"'}
_HEADER: Final = "Authorization: Bearer KEY"
_ASK: Final = f"This needs a key: {_HEADER}"
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


def take(query: bytes, name: str) -> tuple[bytes, list[str]]:
    """The query string without the parameter `name`, other bytes unchanged, and that parameter's values.

    >>> take(b"a=%FF&token=x%20y&b", "token")
    (b'a=%FF&b', ['x y'])
    """
    others: list[bytes] = []
    values: list[str] = []
    for part in query.split(b"&"):
        key, _, value = part.partition(b"=")
        if unquote_plus(key.decode("latin-1")) == name:
            values.append(unquote_plus(value.decode("latin-1")))
        else:
            others.append(part)
    return b"&".join(others), values


def identify(scope: Scope, route: Route, holders: KeyHolders, keys: list[str]) -> Caller:
    """The caller of a route that needs a key. Raises `Refused` 401 without a known key, 403 with the wrong key.

    `keys` are those from the query or the form; a key in the Authorization header comes first.
    """
    bearer = next((match for match in map(_BEARER.fullmatch, _authorizations(scope)) if match), None)
    if bearer is not None:
        keys = [bearer[1].decode("latin-1"), *keys]
    keys = list(filter(None, keys))  # some clients send an empty key when they have none
    named = "api_key: " if scope["path"].startswith("/open311") else ""
    if not keys:
        raise Refused(401, _hint(scope, route), _CHALLENGE)
    holder = holders.holder(keys[0])
    if holder is None:
        raise Refused(401, f"{named}This key is not known", _CHALLENGE)
    if holder.role not in route.callers or not _may_use_path(holder, scope["path"]):
        raise Refused(403)
    agency, key = (holder.name, None) if holder.role == "agency" else (None, holder.name)
    return Caller(holder.role, agency, key, holder.a_minute)


def require_operator(scope: Scope, holders: KeyHolders) -> None:
    """Raises `Refused` without the official key: routing's and publish's counts together tell what is held."""
    keys = [match[1].decode("latin-1") for match in map(_BEARER.fullmatch, _authorizations(scope)) if match]
    holder = holders.holder(keys[0]) if keys else None
    if holder is None:
        raise Refused(401, _ASK, _CHALLENGE)
    if holder.role != "official":
        raise Refused(403)


def _authorizations(scope: Scope) -> list[bytes]:
    return [value.strip() for name, value in scope["headers"] if name == b"authorization"]


def _hint(scope: Scope, route: Route) -> str:
    if "channel" in route.callers:
        return f"This needs the token of its channel: {scope['path']}?token=TOKEN"
    if scope["path"].startswith("/open311"):
        return f"api_key: required, in the query, in the first {SMALL // 1024} KiB of the form, or as {_HEADER}"
    return _ASK


def _may_use_path(holder: Holder, path: str) -> bool:
    return holder.role != "channel" or path == f"/channels/{holder.name}"


def has_bearer(scope: Scope) -> bool:
    """Whether the Authorization header has a key."""
    return any(map(_BEARER.fullmatch, _authorizations(scope)))


def keys_in_form(scope: Scope, beginning: bytes) -> list[str]:
    """The `api_key` fields in the beginning of an Open311 form. Raises `Refused` 415 for a body that is no form."""
    kind: bytes = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    if kind.lower().startswith(b"application/x-www-form-urlencoded"):
        return [unquote_plus(match[1].decode("latin-1")) for match in islice(_API_KEY.finditer(beginning), 2)]
    if kind.lower().startswith(b"multipart/form-data"):
        return multipart_values(kind, beginning, b"api_key") if b"api_key" in beginning else []
    if kind or beginning:
        raise Refused(415, f"Content-Type: send {' or '.join(_FORMS)}", {"accept": ", ".join(_FORMS)})
    return []
