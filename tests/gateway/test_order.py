"""Which limit is met first: an address's quota, then its guesses, then its requests under way; and a key's own."""

import json

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.testclient import TestClient

from contracts.region import Region
from gateway.app import create_app
from gateway.callers.keys import hash_key
from gateway.door.limits import InFlight
from gateway.settings import Settings
from tests.gateway.conftest import KEYS

CODE = "/v1/codes/K7M2P9QA"
BOT = {"authorization": "Bearer bots-key"}


@pytest.fixture
def strict(settings: Settings, upstreams: dict[str, Starlette], tiny: Region) -> TestClient:
    """A gateway that lets an address make six requests a minute and two guesses; intake finds no code."""
    bot = {"hash": hash_key("bots-key"), "made_at": "2026-11-29T00:00:00Z", "a_minute": 2}
    settings.keys_file.write_text(json.dumps({**KEYS, "applications": {"bot": bot}}))
    few = settings.model_copy(update={"requests_a_minute": 6, "guesses_an_hour": 2})
    unknown = Starlette()
    unknown.add_route("/v1/codes/{code}", lambda _: JSONResponse({}, 404))
    unknown.add_route("/{rest:path}", lambda _: JSONResponse({}, 202), methods=["POST"])
    return TestClient(create_app(few, {**upstreams, "intake": unknown}, tiny), client=("192.0.2.1", 5000))


def test_guesses_are_counted_within_the_quota_of_the_address(strict: TestClient) -> None:
    answers = [strict.get(CODE) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [404, 404, 429, 429, 429, 429, 429]
    assert "wrong codes" in answers[5].json()["detail"]
    assert answers[5].headers["ratelimit"].startswith('"address";r=0'), "a refused guess is counted, and tells it"
    assert "requests a minute" in answers[6].json()["detail"]
    assert all(answer.headers["cache-control"] == "no-store" for answer in answers)


def test_too_many_guesses_leave_the_rest_open(strict: TestClient) -> None:
    assert [strict.get(CODE).status_code for _ in range(3)] == [404, 404, 429]
    assert strict.get("/v1/categories").status_code == 200


def test_a_guess_that_is_refused_takes_no_place_under_way(strict: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        strict.get(CODE)
    monkeypatch.setattr(InFlight, "counted", lambda *_: pytest.fail("counted"))
    assert strict.get(CODE).status_code == 429


def test_an_application_has_a_quota_of_its_own_beside_its_addresss(strict: TestClient) -> None:
    answers = [strict.post("/v1/reports", json={}, headers=BOT) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[1].headers.get_list("ratelimit") == ['"address";r=4;t=20', '"key";r=0;t=60']
    assert answers[2].headers["access-control-expose-headers"].count("RateLimit") == 2


def test_a_browser_may_read_every_header_that_tells_something(strict: TestClient) -> None:
    told = {"x-request-id", "x-pendapa-sandbox", "ratelimit", "retry-after", "location", "etag", "idempotency-replayed"}
    exposed = strict.get("/v1/categories").headers["access-control-expose-headers"].lower().split(", ")
    assert told <= set(exposed)
