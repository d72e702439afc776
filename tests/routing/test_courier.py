"""The courier brings each recipient its events, in order, until the recipient has them."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from kit.db import snapshot, transaction
from kit.jobs.backoff import RETRIES
from kit.jobs.courier import AT_ONCE, Taken
from kit.locks import exclusive
from kit.telemetry import REGISTRY
from services.routing import feed, feed_tables, webhooks
from tests.receiver import Receiver
from tests.routing.conftest import NOW, Routing, an_event
from tests.routing.office import Office

ROAD = "Jalan rusak di desa Sumberarum Dander"
HEALTH = "Puskesmas tutup terus, bpjs ditolak"


@pytest.fixture
def office(routing: Routing) -> Office:
    return Office(routing)


def test_each_event_comes_once_in_order_and_signed(office: Office, receiver: Receiver) -> None:
    secret = office.set("dpu", receiver.url)
    reports = [office.routing.report(ROAD) for _ in range(3)]
    office.routing.report(HEALTH)
    office.bring()
    office.bring()
    assert [request.event["data"]["report"] for request in receiver.requests] == reports
    listed = office.routing.client.get("/agency/v1/events", headers=office.routing.key("dpu")).json()["events"]
    assert [Webhook(secret).verify(request.body, request.headers) for request in receiver.requests] == listed
    assert [request.headers["webhook-id"] for request in receiver.requests] == [event["id"] for event in listed]
    assert {(request.path, request.headers["content-type"]) for request in receiver.requests} == {
        ("/hook?of=dpu", "application/json")
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(receiver.requests[0].body.replace(b"dpu", b"dpx"), receiver.requests[0].headers)
    assert (office.shown()["cursor"], office.shown()["waiting"]) == (3, 0)


@pytest.mark.parametrize("answer", [500, 302, 404, 429])
def test_an_event_that_is_not_taken_is_sent_again_before_later_events(
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
    assert len(receiver.requests) == 2
    office.now += RETRIES[1]
    office.bring()
    assert [request.event["data"]["report"] for request in receiver.requests] == [first, first, first, second]
    assert len({request.headers["webhook-id"] for request in receiver.requests[:3]}) == 1
    assert (office.shown()["failures"], office.shown()["problem"], office.shown()["retry_at"]) == (0, None, None)


@pytest.mark.parametrize(("retry_after", "wait"), [("120", 120), ("1", 5)])
def test_an_event_is_sent_again_no_earlier_than_the_receiver_asks(
    office: Office, receiver: Receiver, retry_after: str, wait: int
) -> None:
    office.set("dpu", receiver.url)
    office.routing.report(ROAD)
    receiver.answers, receiver.retry_after = [503], retry_after
    office.bring()
    office.now += timedelta(seconds=wait - 1)
    office.bring()
    assert len(receiver.requests) == 1
    office.now += timedelta(seconds=1)
    office.bring()
    assert len(receiver.requests) == 2


def test_a_webhook_stops_after_the_last_try_and_goes_on_there_when_set_again(
    office: Office, receiver: Receiver
) -> None:
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
    assert len(receiver.requests) == len(RETRIES) + 1
    with transaction(office.routing.engine) as session:
        webhooks.put(session, "dpu", receiver.url, None, office.now)
    office.bring()
    assert receiver.requests[-1].event["data"]["report"] == report
    assert (office.shown()["stopped"], office.shown()["waiting"]) == (False, 0)


def test_an_unforeseen_error_counts_as_not_taken(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.set("dpu", "https://dpu.invalid/")
    office.routing.report(ROAD)
    monkeypatch.setattr(office.sender, "send", lambda *_: 1 / 0)
    office.bring()
    shown = office.shown()
    assert (shown["failures"], shown["problem"]) == (1, "it could not be sent")
    assert shown["retry_at"] is not None


def test_a_webhook_stops_at_once_when_the_receiver_answers_gone(office: Office, receiver: Receiver) -> None:
    office.set("dpu", receiver.url)
    office.routing.report(ROAD)
    receiver.answers = [410]
    office.bring()
    assert (office.shown()["stopped"], office.shown()["problem"]) == (True, "it answered 410")


def test_a_webhook_that_fails_delays_no_other(office: Office, receiver: Receiver) -> None:
    office.set("dpu", "http://127.0.0.1:9/nobody")
    office.set("dinkes", receiver.url)
    office.routing.report(ROAD)
    health = office.routing.report(HEALTH)
    office.bring()
    assert [request.event["data"]["report"] for request in receiver.requests] == [health]
    assert office.shown()["problem"] == "it could not be reached"
    assert REGISTRY.get_sample_value("pendapa_webhooks_failing") == 0
    office.bring()
    assert REGISTRY.get_sample_value("pendapa_webhooks_failing") == 1
    listed = office.routing.client.get("/agency/v1/webhooks", headers=office.routing.key("official")).json()
    assert [(webhook["recipient"], webhook["failures"]) for webhook in listed["webhooks"]] == [
        ("dinkes", 0),
        ("dpu", 1),
    ]


def test_everybody_gets_a_turn_when_more_are_due_than_are_served_at_once(office: Office, receiver: Receiver) -> None:
    office.courier = office.a_courier(at_once=2, serve_limit=1)
    many = [f"agency-{n}" for n in range(5)]
    with transaction(office.routing.engine) as session:
        feed.add(session, [an_event(f"{who}-{n}", who) for who in many for n in range(3)])
    for who in many:
        office.set(who, f"{receiver.url}-{who}")
    for _ in range(5):
        office.bring()
    turns = Counter(request.path for request in receiver.requests)
    assert sorted(turns.values()) == [2, 2, 2, 2, 2]


def test_no_more_than_a_few_are_served_at_once_and_each_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, sent = threading.Event(), []

    def slow(webhook: feed_tables.Webhook, *_: Any) -> Taken:
        sent.append(webhook.recipient)
        assert go_on.wait(30)
        return Taken()

    monkeypatch.setattr(office.sender, "send", slow)
    many = [f"agency-{n}" for n in range(AT_ONCE + 2)]
    with transaction(office.routing.engine) as session:
        feed.add(session, [an_event(who, who) for who in many])
        feed.put_in_order(session, NOW)
    for who in many:
        office.set(who, "https://dpu.invalid/")
    for _ in range(2):
        with transaction(office.routing.engine) as session:
            office.courier.serve_due(session, office.now)
    served = [thread for thread in threading.enumerate() if thread.name == "courier"]
    go_on.set()
    office.courier.join()
    assert len(served) == AT_ONCE
    assert len(sent) == len(set(sent)) == AT_ONCE


def test_a_recipient_that_has_all_events_is_not_due(office: Office, receiver: Receiver) -> None:
    office.set("dpu", receiver.url)
    office.routing.report(ROAD)
    office.bring()
    with snapshot(office.routing.engine) as session:
        assert webhooks.due(session, office.now) == []


def test_a_process_that_lost_its_lock_does_not_bring_back_the_cursor(office: Office, receiver: Receiver) -> None:
    office.set("dpu", receiver.url)
    for _ in range(3):
        office.routing.report(ROAD)
    with snapshot(office.routing.engine) as session:
        stale = webhooks.find(session, "dpu")
    office.bring()
    with transaction(office.routing.engine) as session:
        assert not webhooks.save_success(session, stale, 1)
        assert not webhooks.save_failure(session, stale, "it answered 410", office.now, gone=True)
    assert (office.shown()["cursor"], office.shown()["stopped"]) == (3, False)


def test_a_crash_after_an_event_was_taken_sends_it_again_with_the_same_id(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.set("dpu", receiver.url)
    office.routing.report(ROAD)
    with monkeypatch.context() as broken:
        broken.setattr(webhooks, "save_success", lambda *_: 1 / 0)
        office.bring()
    office.bring()
    office.bring()
    assert len(receiver.requests) == 2
    assert receiver.requests[0].headers["webhook-id"] == receiver.requests[1].headers["webhook-id"]


def test_a_webhook_that_another_process_serves_is_left_to_that_process(office: Office, receiver: Receiver) -> None:
    office.set("dpu", receiver.url)
    office.routing.report(ROAD)
    with exclusive(office.routing.engine, "webhook-dpu"):
        office.bring()
    assert receiver.requests == []
    office.bring()
    assert len(receiver.requests) == 1


def test_a_delivery_to_the_old_address_does_not_count_for_the_new(office: Office, receiver: Receiver) -> None:
    office.set("dpu", receiver.url)
    office.routing.report(ROAD)
    with snapshot(office.routing.engine) as session:
        old = webhooks.find(session, "dpu")
    office.now += timedelta(seconds=1)
    office.set("dpu", receiver.url)
    with transaction(office.routing.engine) as session:
        webhooks.save_success(session, old, 1)
        webhooks.save_failure(session, old, "it answered 500", office.now)
    assert (office.shown()["cursor"], office.shown()["failures"]) == (0, 0)
