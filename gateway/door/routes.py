"""The table of routes: method and path, the service behind, who may call it, the body's limit, and caching."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Upstream = Literal["intake", "routing", "publish"]
Role = Literal["filing", "official", "agency", "channel"]

KIB: Final = 1024
MIB: Final = 1024 * KIB
BODY_LIMIT: Final = MIB
PHOTO_LIMIT: Final = 10 * MIB
URL_LIMIT: Final = 8 * KIB
SMS_URL_LIMIT: Final = 48 * KIB  # an SMS of 4,000 characters, each three bytes and percent-encoded

_READ = frozenset({"GET", "HEAD"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Route:
    """One line of the table; the first line that matches both path and method applies."""

    methods: frozenset[str]
    path: re.Pattern[str]
    upstream: Upstream
    callers: frozenset[Role] = field(default_factory=frozenset)
    """Whose key is needed; empty: anyone may call it, and no key is read."""
    cacheable: bool = False
    body_limit: int = BODY_LIMIT


def _route(
    methods: frozenset[str], path: str, upstream: Upstream, *callers: Role, cacheable: bool = False, limit: int = MIB
) -> Route:
    return Route(methods, re.compile(path, re.DOTALL), upstream, frozenset(callers), cacheable, limit)


_POST = frozenset({"POST"})
_GET_POST = frozenset({"GET", "POST"})
_PUBLIC = r"/(?:v1(?!/imports/)|open311|resource|api/3|log|data)/.*|/catalog\.(?:jsonld|ttl)|/data\.json"

ROUTES: Final = (
    _route(_POST, r"/v1/reports", "intake", "filing", "official"),
    _route(_GET_POST, r"/v1/imports", "intake", "official"),
    _route(_POST, r"/v1/imports/[^/]+/undo", "intake", "official"),
    _route(_POST, r"/open311/v2/requests(?:\.[^/]*)?", "intake", "filing", "official", limit=PHOTO_LIMIT),
    _route(_READ, r"/v1/codes/[^/]+", "intake"),
    _route(_READ | _POST, r"/v1/follow/[^/]+", "intake", limit=64 * KIB),
    _route(_GET_POST, r"/channels/[^/]+", "intake", "channel"),  # a HEAD must file nothing
    _route(_READ, r"/open311/v2/tokens/.*", "intake"),
    _route(_POST, r"/v1/datasets/[^/]+/releases", "publish", "official"),
    _route(_READ, r"/agency/v1/(?:reports(?:/[^/]+)?|events|webhooks)", "routing", "agency", "official"),
    _route(_READ | {"PUT", "DELETE"}, r"/agency/v1/webhook", "routing", "agency", "official"),
    _route(_POST, r"/agency/v1/(?:reports/[^/]+|webhook)/[^/]+", "routing", "agency", "official"),
    _route(_READ, r"/v1/changes", "publish"),
    _route(_READ, r"/v1/model", "routing"),
    _route(_READ, _PUBLIC, "publish", cacheable=True),
)


def _first_of(routes: Sequence[Route]) -> re.Pattern[str]:
    """One expression for all routes, each a group with its number as name, so that a request needs one match only."""
    return re.compile("|".join(f"(?P<r{ROUTES.index(route)}>{route.path.pattern})" for route in routes), re.DOTALL)


_BY_METHOD: Final = {
    method: _first_of([route for route in ROUTES if method in route.methods]) for method in sorted(METHODS)
}


def find(method: str, path: str) -> Route | frozenset[str]:
    """The route of a request; if no route has this method, the methods allowed at the path, empty if it is unknown.

    >>> find("GET", "/v1/reports").upstream
    'publish'
    >>> sorted(find("DELETE", "/v1/reports"))
    ['GET', 'HEAD', 'POST']
    >>> find("GET", "/nowhere")
    frozenset()
    """
    match = _BY_METHOD[method].fullmatch(path) if method in _BY_METHOD else None
    if match is not None and match.lastgroup is not None:
        return ROUTES[int(match.lastgroup[1:])]
    fitting = (route.methods for route in ROUTES if route.path.fullmatch(path))
    return frozenset().union(*fitting)
