"""The gateway's own errors, in the asked face's shape: Open311's under /open311, problem documents elsewhere."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Scope

from contracts import open311
from kit.problems import Explained, Problem, document

_PROBLEMS: Mapping[int, tuple[str, str]] = {
    401: ("unauthorized", "A key is needed"),
    403: ("forbidden", "This key is not for that"),
    404: ("not-found", "Not Found"),
    405: ("method-not-allowed", "Method Not Allowed"),
    408: ("request-timeout", "Request Timeout"),
    413: ("content-too-large", "Content Too Large"),
    414: ("uri-too-long", "URI Too Long"),
    500: ("internal", "Something went wrong here"),
    502: ("bad-gateway", "A part of this service is away"),
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
    path: str = scope["path"]
    if not path.startswith("/open311"):
        problem = Problem(HTTPStatus(refused.status), slug, title)
        return document(Explained(problem, refused.detail, headers=refused.headers), path)
    # Open311 knows no 401: a missing key and a wrong one are both 403.
    status = 403 if refused.status == 401 else refused.status
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"").decode("latin-1")
    format = open311.asked_format(path, accept)
    said = open311.errors(format, status, [(status, refused.detail or title)])
    headers = {name: value for name, value in refused.headers.items() if name != "www-authenticate"}
    return Response(said.body, status, headers=headers, media_type=said.content_type)
