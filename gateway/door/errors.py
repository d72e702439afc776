"""The gateway's own errors, as problem documents or as Open311 errors, depending on the path."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Scope

from kit.problems import Explained, Problem, respond

_PROBLEMS: Mapping[int, tuple[str, str]] = {
    401: ("unauthorized", "A key is needed"),
    403: ("forbidden", "This key is not for that"),
    404: ("not-found", "Not Found"),
    405: ("method-not-allowed", "Method Not Allowed"),
    408: ("request-timeout", "Request Timeout"),
    413: ("content-too-large", "Content Too Large"),
    414: ("uri-too-long", "URI Too Long"),
    415: ("unsupported-media-type", "Unsupported Media Type"),
    429: ("too-many-requests", "Too Many Requests"),
    500: ("internal", "Something went wrong here"),
    503: ("service-unavailable", "Try again in a moment"),
    504: ("gateway-timeout", "A part of this service did not answer in time"),
}


class Refused(Exception):
    """A request that the gateway answers itself, with one of the statuses above."""

    def __init__(self, status: int, detail: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers or {}


def render(scope: Scope, refused: Refused) -> Response:
    """The answer to a refused request."""
    slug, title = _PROBLEMS[refused.status]
    explained = Explained(Problem(HTTPStatus(refused.status), slug, title), refused.detail, headers=refused.headers)
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"").decode("latin-1")
    return respond(explained, scope["path"], accept)
