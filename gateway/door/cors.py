"""What a page of another origin may do in a browser (Fetch Standard, "CORS protocol"), and what no cache may keep.

Keys are sent by the page itself and never by the browser, so every origin may send and read: `*`, without credentials.
All that is said is the same for each origin and each request of a path, so no answer varies by these headers.
"""

from collections.abc import Mapping
from typing import Final

from gateway.client.headers import Headers
from gateway.door.errors import Refused
from gateway.door.routes import METHODS, Route, find

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CLOSED: Final = ("/agency/", "/channels/", "/metrics")
"""Paths for programs of agencies, providers and operators, which no page of another origin calls."""
PRIVATE: Final = (*_CLOSED, "/v1/codes/", "/v1/follow/", "/v1/imports", "/open311/v2/tokens/")
"""Paths whose answers are for one caller."""
_ASKED: Final = "Accept, Accept-Language, Content-Type, If-Match, If-None-Match, If-Modified-Since, If-Range, Range"
REQUEST_HEADERS: Final = f"Authorization, {_ASKED}, X-Request-Id"
"""What a page may send to read; with a POST an Idempotency-Key too. `*` would not stand for Authorization."""
EXPOSED: Final = (
    "Accept-Ranges, Allow, Content-Disposition, Content-Range, Deprecation, ETag, Idempotency-Replayed, Link, "
    "Location, RateLimit, RateLimit-Policy, Retry-After, Sunset, Vary, WWW-Authenticate, X-As-Of, X-Pendapa-Sandbox, "
    "X-Request-Id, X-Total-Count"
)
_MAX_AGE: Final = "7200"
"""Seconds for which a browser need not ask again; it takes no more."""
_OPEN_HEADERS: Final[Headers] = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED.encode()),
]
_NO_STORE: Final[Headers] = [(b"cache-control", b"no-store")]


def methods_at(path: str, *, is_page: bool) -> list[str]:
    """The methods that the path takes. Raises `Refused` 404 if there is nothing.

    >>> methods_at("/v1/reports", is_page=False)
    ['GET', 'HEAD', 'OPTIONS', 'POST']
    """
    found = {"GET", "HEAD"} if is_page else {each for each in METHODS if isinstance(find(each, path), Route)}
    if not found:
        raise Refused(404)
    return sorted(found | {"OPTIONS"})


def preflight(path: str, *, is_page: bool) -> Mapping[str, str]:
    """The headers of the answer to OPTIONS: what may be sent there, and by a page of another origin."""
    methods = methods_at(path, is_page=is_page)
    allow = {"allow": ", ".join(methods)}
    if path.startswith(_CLOSED):
        return allow
    headers = f"{REQUEST_HEADERS}, Idempotency-Key" if "POST" in methods else REQUEST_HEADERS
    return {
        **allow,
        "access-control-allow-methods": ", ".join(method for method in methods if method != "OPTIONS"),
        "access-control-allow-headers": headers,
        "access-control-max-age": _MAX_AGE,
    }


def dressed(method: str, path: str, headers: Headers) -> Headers:
    """The headers of an answer, with those that a browser needs to show it to a page, and without storing it if it is
    for one caller: of those paths, and of all that was sent and not only read."""
    if method not in READS or path.startswith(PRIVATE):
        headers = [each for each in headers if each[0] != b"cache-control"] + _NO_STORE
    if path.startswith(_CLOSED):
        return headers
    return headers + _OPEN_HEADERS
