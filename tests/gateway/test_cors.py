"""A page of another origin may file and read, errors too; no cache keeps what is for one caller."""

import re

import pytest
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.door import cors
from gateway.door.limits import InFlight
from gateway.door.routes import ROUTES
from tests.gateway.test_door import FILING

ORIGIN = {"origin": "https://a.example"}
OPEN = ["/v1/reports", "/v1/datasets/reports/releases", "/open311/v2/requests.json", "/v1/imports"]


def names(header: str) -> set[str]:
    return {each.lower() for each in header.split(", ")}


def preflight(client: TestClient, path: str, method: str = "POST", headers: str = "content-type") -> dict[str, str]:
    asked = {"access-control-request-method": method, "access-control-request-headers": headers}
    answer = client.options(path, headers=ORIGIN | asked)
    assert answer.status_code == 204
    assert answer.content == b""
    return dict(answer.headers)


@pytest.mark.parametrize("path", OPEN)
def test_every_answer_to_a_filing_can_be_read_in_a_browser(client: TestClient, path: str) -> None:
    key = {"authorization": "Bearer office"}
    nobody = 403 if path.startswith("/open311") else 401
    for headers, status in ((key, 200), ({}, nobody), ({"authorization": "Bearer works-key"}, 403)):
        answer = client.post(path, headers=ORIGIN | headers)
        assert answer.status_code == status
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
        exposed = names(answer.headers["access-control-expose-headers"])
        assert exposed >= {"location", "etag", "retry-after", "idempotency-replayed", "ratelimit", "x-request-id"}
        assert answer.headers["cache-control"] == "no-store"


def test_errors_of_the_gateway_itself_can_be_read(client: TestClient, gateway: Gateway) -> None:
    large = client.post("/v1/reports", headers=FILING, content=b"x" * (1024 * 1024 + 1))
    gateway._in_flight = InFlight(0)
    many = client.get("/v1/reports", headers=ORIGIN)
    answers = {
        413: large,
        429: many,
        405: client.delete("/v1/reports"),
        404: client.get("/nowhere"),
        414: client.get("/v1/reports?q=" + "x" * 9000),
    }
    for status, answer in answers.items():
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, "*")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/reports", "GET, HEAD, POST"),
        ("/v1/reports/x", "GET, HEAD"),
        ("/v1/imports/1/undo", "POST"),
        ("/open311/v2/requests.xml", "GET, HEAD, POST"),
        ("/open311/v2/services.json", "GET, HEAD"),
        ("/data", "GET, HEAD"),
    ],
)
def test_a_preflight_is_true_to_what_the_path_takes(client: TestClient, path: str, methods: str) -> None:
    headers = preflight(client, path)
    assert headers["access-control-allow-methods"] == methods
    assert ("idempotency-key" in names(headers["access-control-allow-headers"])) == ("POST" in methods)
    assert names(headers["access-control-allow-headers"]) >= {"authorization", "content-type", "if-none-match"}
    assert names(headers["allow"]) == {*names(methods), "options"}
    assert int(headers["access-control-max-age"]) > 0


@pytest.mark.parametrize("path", ["/agency/v1/reports", "/channels/kannel"])
def test_paths_for_programs_only_say_nothing_to_a_browser(client: TestClient, path: str) -> None:
    assert not [name for name in preflight(client, path) if name.startswith("access-control")]
    answer = client.get(path, headers=ORIGIN | {"authorization": "Bearer office"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_nothing_is_allowed_where_nothing_is(client: TestClient) -> None:
    answer = client.options("/nowhere", headers=ORIGIN)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (404, "*")


def test_answers_to_a_key_are_not_stored(client: TestClient) -> None:
    office = {"authorization": "Bearer office"}
    for path in ("/agency/v1/reports", "/agency/v1/events", "/v1/imports", "/open311/v2/tokens/K7M2P9QA.json"):
        assert client.get(path, headers=office).headers.get_list("cache-control") == ["no-store"]
    assert client.get("/agency/v1/reports").headers["cache-control"] == "no-store"
    assert "cache-control" not in client.get("/v1/reports").headers


def test_every_path_that_needs_a_key_to_be_read_is_known_as_private() -> None:
    reads = [route for route in ROUTES if route.callers and "GET" in route.methods]
    starts = [re.match(r"[a-z0-9/]+", route.path.pattern) for route in reads]
    assert [each[0] for each in starts if each and not f"{each[0]}/".startswith(cors.PRIVATE)] == []
    assert len(starts) == len([each for each in starts if each])
