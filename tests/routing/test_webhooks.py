"""Signed webhooks: each recipient's events, in order, until it has them; to no address inside our own house."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from kit.db import exclusive, snapshot, transaction
from services.routing import feed, webhooks
from services.routing.courier import Courier
from services.routing.sending import Sender
from services.routing.webhooks import RETRIES
from tests.receiver import Receiver
from tests.routing.conftest import NOW, Routing

ROAD = "Jalan rusak di desa Sumberarum Dander"
HEALTH = "Puskesmas tutup terus, bpjs ditolak"


class Office:
    """Agencies with webhooks, and the courier that serves them; `now` is its clock."""

    def __init__(self, routing: Routing) -> None:
        self.routing = routing
        self.now = datetime.now(UTC)
        self.sender = Sender(private=True)
        self.courier = Courier(routing.engine, self.sender, lambda: self.now)

    def ask(self, method: str, who: str, path: str = "", **body: Any) -> Any:
        url, key = f"/agency/v1/webhook{path}", self.routing.key(who)
        return self.routing.client.request(method, url, headers=key, json=body or None)

    def set(self, who: str, url: str, position: int = 0) -> str:
        """Make a webhook; its secret. By the rows: the door itself takes no address of this machine."""
        with transaction(self.routing.engine) as session:
            return webhooks.put(session, who, url, position, self.now)[1].secret

    def bring(self) -> None:
        """What the worker's ticks do each second, and what they started."""
        with transaction(self.routing.engine) as session:
            feed.put_in_order(session, self.now)
        with transaction(self.routing.engine) as session:
            self.courier.bring_what_is_due(session, self.now)
        self.courier.join()

    def shown(self, who: str = "dpu") -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", who).json()
        return found


@pytest.fixture
def office(routing: Routing) -> Iterator[Office]:
    office = Office(routing)
    yield office
    office.sender.close()


def test_each_event_comes_once_in_order_and_signed(office: Office, receiver: Receiver) -> None:
    secret = office.set("dpu", receiver.url)
    reports = [office.routing.report(ROAD) for _ in range(3)]
    office.routing.report(HEALTH)
    office.bring()
    office.bring()
    assert [got.event["data"]["report"] for got in receiver.got] == reports
    listed = office.routing.client.get("/agency/v1/events", headers=office.routing.key("dpu")).json()["events"]
    assert [Webhook(secret).verify(got.body, got.headers) for got in receiver.got] == listed
    assert [got.headers["webhook-id"] for got in receiver.got] == [event["id"] for event in listed]
    assert {(got.path, got.headers["content-type"]) for got in receiver.got} == {("/hook?of=dpu", "application/json")}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(receiver.got[0].body.replace(b"dpu", b"dpx"), receiver.got[0].headers)
    assert (office.shown()["cursor"], office.shown()["waiting"]) == (3, 0)


@pytest.mark.parametrize("answer", [500, 302, 404, 429])
def test_what_is_not_taken_comes_again_later_and_nothing_overtakes_it(
    office: Office, receiver: Receiver, answer: int
) -> None:
    office.set("dpu", receiver.url)
    first, second = office.routing.report(ROAD), office.routing.report(ROAD)
    receiver.answers = [answer, answer]
    office.bring()
    office.bring()
    shown = office.shown()
    assert (shown["failures"], shown["problem"], shown["waiting"]) == (1, f"it answered {answer}", 2)
    office.now += RETRIES[0]
    office.bring()
    office.now += RETRIES[0]
    office.bring()
    assert len(receiver.got) == 2
    office.now += RETRIES[1]
    office.bring()
    assert [got.event["data"]["report"] for got in receiver.got] == [first, first, first, second]
    assert len({got.headers["webhook-id"] for got in receiver.got[:3]}) == 1
    assert (office.shown()["failures"], office.shown()["problem"], office.shown()["retry_at"]) == (0, None, None)


def test_after_the_last_try_it_stops_and_set_again_it_goes_on_where_it_was(office: Office, receiver: Receiver) -> None:
    office.set("dpu", receiver.url)
    report = office.routing.report(ROAD)
    receiver.answers = [500] * (len(RETRIES) + 1)
    office.bring()
    for wait in RETRIES:
        assert not office.shown()["stopped"]
        office.now += wait
        office.bring()
    assert office.shown()["stopped"]
    office.now += timedelta(days=30)
    office.bring()
    assert len(receiver.got) == len(RETRIES) + 1
    with transaction(office.routing.engine) as session:
        webhooks.put(session, "dpu", receiver.url, None, office.now)
    office.bring()
    assert receiver.got[-1].event["data"]["report"] == report
    assert (office.shown()["stopped"], office.shown()["waiting"]) == (False, 0)


def test_it_stops_at_once_where_nothing_is_any_more(office: Office, receiver: Receiver) -> None:
    office.set("dpu", receiver.url)
    office.routing.report(ROAD)
    receiver.answers = [410]
    office.bring()
    assert (office.shown()["stopped"], office.shown()["problem"]) == (True, "it answered 410")


def test_one_that_fails_holds_up_no_other(office: Office, receiver: Receiver) -> None:
    office.set("dpu", "http://127.0.0.1:9/nobody")
    office.set("dinkes", receiver.url)
    office.routing.report(ROAD)
    health = office.routing.report(HEALTH)
    office.bring()
    assert [got.event["data"]["report"] for got in receiver.got] == [health]
    assert office.shown()["problem"] == "it could not be reached"
    listed = office.routing.client.get("/agency/v1/webhooks", headers=office.routing.key("official")).json()
    assert [(one["recipient"], one["failures"]) for one in listed["webhooks"]] == [("dinkes", 0), ("dpu", 1)]


def test_a_crash_after_it_was_taken_sends_it_again_with_the_same_id(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.set("dpu", receiver.url)
    office.routing.report(ROAD)
    with monkeypatch.context() as broken:
        broken.setattr(webhooks, "taken", lambda *_: 1 / 0)
        office.bring()
    office.bring()
    office.bring()
    assert len(receiver.got) == 2
    assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]


def test_another_process_that_serves_it_is_left_to_it(office: Office, receiver: Receiver) -> None:
    office.set("dpu", receiver.url)
    office.routing.report(ROAD)
    with exclusive(office.routing.engine, "webhook-dpu"):
        office.bring()
    assert receiver.got == []
    office.bring()
    assert len(receiver.got) == 1


def test_what_was_under_way_for_the_old_address_does_not_count_for_the_new(office: Office, receiver: Receiver) -> None:
    office.set("dpu", receiver.url)
    office.routing.report(ROAD)
    with snapshot(office.routing.engine) as session:
        old = webhooks.find(session, "dpu")
    office.now += timedelta(seconds=1)
    office.set("dpu", receiver.url)
    with transaction(office.routing.engine) as session:
        webhooks.taken(session, old, 1)
        webhooks.failed(session, old, "it answered 500", office.now)
    assert (office.shown()["cursor"], office.shown()["failures"]) == (0, 0)


def test_for_a_day_the_secret_before_signs_too(office: Office, receiver: Receiver) -> None:
    old = office.set("dpu", receiver.url)
    new = office.ask("POST", "dpu", "/secret").json()["secret"]
    office.routing.report(ROAD)
    office.bring()
    for secret in (old, new):
        assert Webhook(secret).verify(receiver.got[0].body, receiver.got[0].headers)
    office.now = datetime.now(UTC) + timedelta(days=1, seconds=1)
    office.routing.report(ROAD)
    office.bring()
    assert len(receiver.got[0].headers["webhook-signature"].split()) == 2
    assert len(receiver.got[1].headers["webhook-signature"].split()) == 1


def test_a_webhook_is_made_changed_shown_and_removed_by_its_owner_alone(office: Office) -> None:
    office.routing.report(ROAD)
    with transaction(office.routing.engine) as session:
        feed.put_in_order(session, NOW)
    made = office.ask("PUT", "dpu", url="https://dpu.example/hook")
    assert (made.status_code, made.json()["cursor"], made.json()["waiting"]) == (201, 1, 0)
    assert made.json()["secret"].startswith("whsec_")
    changed = office.ask("PUT", "dpu", url="https://dpu.example/other", cursor=0.0)
    assert (changed.status_code, changed.json()["secret"], changed.json()["waiting"]) == (200, None, 1)
    assert office.shown()["url"] == "https://dpu.example/other"
    assert "secret" not in office.shown()
    assert office.ask("GET", "dinkes").status_code == 404
    assert office.ask("DELETE", "dinkes").json()["type"] == "/problems/no-webhook"
    assert office.ask("POST", "dinkes", "/secret").status_code == 404
    assert office.ask("DELETE", "dpu").status_code == 204
    assert office.ask("GET", "dpu").status_code == 404


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
        "https://2130706433/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://224.0.0.1/",
        "https://user:word@dpu.example/",
    ],
)
def test_nothing_is_sent_into_our_own_house(office: Office, url: str) -> None:
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
def test_what_is_no_webhook_is_refused(office: Office, body: dict[str, Any]) -> None:
    answer = office.ask("PUT", "dpu", **body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
