"""What the courier brings: each recipient's events, in order, until it has them."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from kit.db import exclusive, snapshot, transaction
from kit.jobs.backoff import RETRIES
from kit.jobs.courier import AT_ONCE, Taken
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


@pytest.mark.parametrize(("asked", "wait"), [("120", 120), ("1", 5)])
def test_it_is_tried_no_earlier_than_the_receiver_asks(
    office: Office, receiver: Receiver, asked: str, wait: int
) -> None:
    office.set("dpu", receiver.url)
    office.routing.report(ROAD)
    receiver.answers, receiver.retry_after = [503], asked
    office.bring()
    office.now += timedelta(seconds=wait - 1)
    office.bring()
    assert len(receiver.got) == 1
    office.now += timedelta(seconds=1)
    office.bring()
    assert len(receiver.got) == 2


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


def test_what_nobody_foresaw_counts_as_not_taken(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.set("dpu", "https://dpu.invalid/")
    office.routing.report(ROAD)
    monkeypatch.setattr(office.sender, "send", lambda *_: 1 / 0)
    office.bring()
    shown = office.shown()
    assert (shown["failures"], shown["problem"]) == (1, "it could not be sent")
    assert shown["retry_at"] is not None


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
    assert REGISTRY.get_sample_value("pendapa_webhooks_failing") == 0
    office.bring()
    assert REGISTRY.get_sample_value("pendapa_webhooks_failing") == 1
    listed = office.routing.client.get("/agency/v1/webhooks", headers=office.routing.key("official")).json()
    assert [(one["recipient"], one["failures"]) for one in listed["webhooks"]] == [("dinkes", 0), ("dpu", 1)]


def test_everybody_gets_a_turn_when_more_are_due_than_are_served_at_once(office: Office, receiver: Receiver) -> None:
    office.courier = office.a_courier(at_once=2, serve_limit=1)
    many = [f"agency-{n}" for n in range(5)]
    with transaction(office.routing.engine) as session:
        feed.tell(session, [an_event(f"{who}-{n}", who) for who in many for n in range(3)])
    for who in many:
        office.set(who, f"{receiver.url}-{who}")
    for _ in range(5):
        office.bring()
    turns = Counter(got.path for got in receiver.got)
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
        feed.tell(session, [an_event(who, who) for who in many])
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


def test_who_has_had_all_events_is_not_due(office: Office, receiver: Receiver) -> None:
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
        assert not webhooks.taken(session, stale, 1)
        assert not webhooks.failed(session, stale, "it answered 410", office.now, gone=True)
    assert (office.shown()["cursor"], office.shown()["stopped"]) == (3, False)


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
