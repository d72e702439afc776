"""Signed webhooks: their owners make, change and read them; none may have an address in our own network."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from kit.db import snapshot, transaction
from services.routing import feed, webhooks
from tests.receiver import Receiver
from tests.routing.conftest import NOW, Routing
from tests.routing.office import Office

ROAD = "Jalan rusak di desa Sumberarum Dander"


@pytest.fixture
def office(routing: Routing) -> Office:
    return Office(routing)


def test_a_webhook_that_is_set_again_has_no_failures(office: Office, receiver: Receiver) -> None:
    office.set("dpu", receiver.url)
    office.routing.report(ROAD)
    receiver.answers = [410]
    office.bring()
    secret = office.ask("POST", "dpu", "/secret").json()["secret"]
    shown = office.ask("PUT", "dpu", url="https://dpu.example/").json()
    state = [shown[name] for name in ("cursor", "failures", "problem", "retry_at", "stopped")]
    assert state == [0, 0, None, None, False]
    with snapshot(office.routing.engine) as session:
        assert webhooks.find(session, "dpu").secret == secret


def test_older_secrets_sign_for_a_day(office: Office, receiver: Receiver) -> None:
    first = office.set("dpu", receiver.url)
    second, third = (office.ask("POST", "dpu", "/secret").json()["secret"] for _ in range(2))
    office.routing.report(ROAD)
    office.bring()
    for secret in (first, second, third):
        assert Webhook(secret).verify(receiver.requests[0].body, receiver.requests[0].headers)
    office.now = datetime.now(UTC) + timedelta(days=1, seconds=1)
    office.routing.report(ROAD)
    office.bring()
    signatures = [len(request.headers["webhook-signature"].split()) for request in receiver.requests]
    assert signatures == [3, 1]
    for _ in range(9):
        office.ask("POST", "dpu", "/secret")
    office.now = datetime.now(UTC)
    office.routing.report(ROAD)
    office.bring()
    assert len(receiver.requests[2].headers["webhook-signature"].split()) == 1 + webhooks.MAX_OLD_SECRETS


def test_a_webhook_is_made_changed_shown_and_removed_by_its_owner_alone(office: Office) -> None:
    office.routing.report(ROAD)
    with transaction(office.routing.engine) as session:
        feed.put_in_order(session, NOW)
    new = office.ask("PUT", "dpu", url="https://dpu.example/hook")
    assert (new.status_code, new.json()["cursor"], new.json()["waiting"]) == (201, 1, 0)
    assert new.json()["secret"].startswith("whsec_")
    changed = office.ask("PUT", "dpu", url="https://dpu.example/other", cursor=0.0)
    assert (changed.status_code, changed.json()["secret"], changed.json()["waiting"]) == (200, None, 1)
    assert office.shown()["url"] == "https://dpu.example/other"
    assert "secret" not in office.shown()
    assert office.ask("GET", "dinkes").status_code == 404
    assert office.ask("DELETE", "dinkes").json()["type"] == "/problems/no-webhook"
    assert office.ask("POST", "dinkes", "/secret").status_code == 404
    assert office.ask("DELETE", "dpu").status_code == 204
    assert office.ask("GET", "dpu").status_code == 404


def test_a_cursor_later_than_the_last_event_is_refused(office: Office) -> None:
    office.routing.report(ROAD)
    with transaction(office.routing.engine) as session:
        feed.put_in_order(session, NOW)
    answer = office.ask("PUT", "dpu", url="https://dpu.example/hook", cursor=2)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-cursor")
    assert office.ask("GET", "dpu").status_code == 404
    for cursor, status in ((1, 200), (2, 404)):
        query, key = {"cursor": cursor}, office.routing.key("dpu")
        assert office.routing.client.get("/agency/v1/events", params=query, headers=key).status_code == status


@pytest.mark.parametrize("raw", [b"{bad", b""])
def test_a_body_that_is_no_json_is_refused_as_that(office: Office, raw: bytes) -> None:
    headers = office.routing.key("dpu") | {"content-type": "application/json"}
    answer = office.routing.client.put("/agency/v1/webhook", content=raw, headers=headers)
    assert answer.json()["type"] == ("/problems/unreadable-body" if raw else "/problems/invalid-request")


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/secret")])
def test_it_needs_the_key_of_an_agency_or_an_official(office: Office, method: str, path: str) -> None:
    for role, status in (("anonymous", 401), ("filing", 403), ("channel", 403)):
        assert office.ask(method, role, path, url="https://dpu.example/").status_code == status


def test_only_an_official_sees_every_webhook(office: Office) -> None:
    for role, status in (("anonymous", 401), ("dpu", 403), ("official", 200)):
        key = office.routing.key(role)
        assert office.routing.client.get("/agency/v1/webhooks", headers=key).status_code == status


@pytest.mark.parametrize(
    "url",
    [
        "http://dpu.example/",
        "https://10.0.0.1/",
        "https://127.0.0.1:8000/",
        "https://localhost/",
        "https://kafka.:9092/",
        "https://2130706433/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://224.0.0.1/",
        "https://user:word@dpu.example/",
    ],
)
def test_no_webhook_may_have_an_address_in_our_network(office: Office, url: str) -> None:
    answer = office.ask("PUT", "dpu", url=url)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-webhook")
    assert office.ask("GET", "dpu").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"url": ""},
        {"url": "dpu.example"},
        {"url": "ftp://dpu.example/"},
        {"url": "https://"},
        {"url": f"https://dpu.example/{'x' * 3000}"},
        {"url": 7},
        {"url": "https://dpu.example/", "cursor": -1},
        {"url": "https://dpu.example/", "cursor": "0"},
        {"url": "https://dpu.example/", "secret": "mine"},
        {"cursor": 0},
    ],
)
def test_an_invalid_webhook_is_refused(office: Office, body: dict[str, Any]) -> None:
    answer = office.ask("PUT", "dpu", **body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")


def test_what_a_webhook_still_tries_is_kept_and_one_that_stopped_is_not_set_on_over_a_gap(
    office: Office, receiver: Receiver
) -> None:
    office.set("dpu", receiver.url)
    for _ in range(3):
        office.routing.report(ROAD)
    receiver.answers = [500]
    office.bring()
    later = office.now + timedelta(days=400)
    with transaction(office.routing.engine) as session:
        assert feed.forget(session, later, later) == 0
    receiver.answers = [410]
    office.now += timedelta(days=1)
    office.bring()
    assert office.shown()["stopped"]
    with transaction(office.routing.engine) as session:
        assert feed.forget(session, later, later) == 2
    refused = office.ask("PUT", "dpu", url="https://dpu.example/")
    assert (refused.status_code, refused.json()["type"]) == (410, "/problems/forgotten-cursor")
    assert office.ask("PUT", "dpu", url="https://dpu.example/", cursor=0).status_code == 200
