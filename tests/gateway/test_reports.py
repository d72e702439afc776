"""A report by its id is answered before the general way, with the same answer."""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from contracts.region import Region
from gateway.app import create_app
from gateway.settings import Settings
from kit.conditions import is_known, tag_of

ID = "0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10"
PATH = f"/v1/reports/{ID}"
BODY = b'{"id": "' + ID.encode() + b'", "text": "' + b"jalan rusak " * 200 + b'"}'


class Found(NamedTuple):
    body: bytes
    tag: str


class Publish:
    """Publish's app and its reader; `asked`: how often the app was."""

    def __init__(self, body: bytes) -> None:
        self.body, self.asked, self.fails = body, 0, False
        self.app = Starlette(routes=[Route("/{path:path}", self.answer)])

    def find(self, id: str) -> Found | None:
        if self.fails:
            raise sqlite3.OperationalError("disk I/O error")
        return Found(self.body, tag_of(self.body)) if id == ID else None

    async def answer(self, request: Request) -> Response:
        self.asked += 1
        if self.fails:
            raise sqlite3.OperationalError("disk I/O error")
        if not request.url.path.endswith(ID) or request.url.query:
            return Response(b"{}", 404, media_type="application/problem+json")
        headers = {"etag": tag_of(self.body), "cache-control": "no-cache"}
        if is_known(request.headers.get("if-none-match"), headers["etag"]):
            return Response(status_code=304, headers=headers)
        return Response(self.body, headers=headers, media_type="application/json")


Clients = tuple[TestClient, TestClient]


@pytest.fixture(params=[BODY, b'{"id": "short"}'], ids=["long", "short"])
def publish(request: pytest.FixtureRequest) -> Publish:
    return Publish(request.param)


@pytest.fixture
def clients(settings: Settings, publish: Publish, tiny: Region) -> Iterator[Clients]:
    """A gateway that has publish's reader, and one that has only its app."""
    upstreams = dict.fromkeys(("intake", "routing", "publish"), publish.app)
    with (
        TestClient(create_app(settings, upstreams, tiny, find_report=publish.find)) as quick,
        TestClient(create_app(settings, upstreams, tiny)) as general,
    ):
        yield quick, general


def ask(client: TestClient, path: str = PATH, method: str = "GET", **headers: str) -> tuple[int, list[object], bytes]:
    """All of an answer but its own id."""
    client.headers.pop("accept-encoding", None)
    answer = client.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    told = sorted((name, value) for name, value in answer.headers.items() if name not in ("x-request-id", "ratelimit"))
    return answer.status_code, list(told), answer.content


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"accept": "text/html"},
        {"accept": "application/xml"},
        {"accept_encoding": "gzip"},
        {"accept_encoding": "br, zstd;q=0.5"},
        {"accept_encoding": "identity"},
        {"authorization": "Bearer none"},
        {"origin": "https://elsewhere.example"},
        {"if_none_match": tag_of(BODY)},
        {"if_none_match": "*", "accept_encoding": "gzip"},
        {"range": "bytes=0-1"},
        {"x_request_id": "abc-1"},
    ],
    ids=str,
)
def test_the_answer_is_that_of_the_general_way(clients: Clients, headers: dict[str, str]) -> None:
    quick, general = clients
    assert ask(quick, **headers) == ask(general, **headers)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH[:-1] + "1"),
        ("GET", PATH.upper()),
        ("GET", PATH + "?limit=1"),
        ("GET", PATH + "/proof"),
        ("GET", PATH + "%0A"),
        ("HEAD", PATH),
        ("OPTIONS", PATH),
        ("POST", PATH),
    ],
)
def test_what_is_no_plain_question_goes_the_general_way(clients: Clients, method: str, path: str) -> None:
    quick, general = clients
    assert ask(quick, path, method) == ask(general, path, method)


def test_a_plain_question_asks_no_app(clients: Clients, publish: Publish) -> None:
    assert ask(clients[0])[0] == 200
    assert ask(clients[0], accept_encoding="gzip")[0] == 200
    assert publish.asked == 0


def test_each_answer_has_an_id_of_its_own(clients: Clients) -> None:
    ids = {clients[0].get(PATH).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_reader_that_fails_is_told_by_the_general_way(clients: Clients, publish: Publish) -> None:
    publish.fails = True
    assert ask(clients[0])[0] == 500
    assert publish.asked == 1


def test_the_quota_of_an_address_holds_here_too(settings: Settings, publish: Publish, tiny: Region) -> None:
    few = settings.model_copy(update={"requests_a_minute": 2, "trusted_proxies": "10.0.0.1"})
    upstreams = dict.fromkeys(("intake", "routing", "publish"), publish.app)
    with TestClient(
        create_app(few, upstreams, tiny, find_report=publish.find),
        client=("192.0.2.1", 1),
        raise_server_exceptions=False,
    ) as client:
        answers = [client.get(PATH) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[1].headers["ratelimit"].startswith('"address";r=0')
    assert publish.asked == 0
