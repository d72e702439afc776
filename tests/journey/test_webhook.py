"""An agency's own program: its webhook receives every event, and it reads and answers the reports."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.journey.conftest import require_servers
from tests.journey.system import TAPELAN, System, running
from tests.receiver import Receiver, receiving


@pytest.fixture(scope="module", params=["embedded", pytest.param("distributed", marks=pytest.mark.live)])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    if request.param == "distributed":
        require_servers()
    with running(request.param, None, "--private-webhooks") as system:
        yield system


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def happened(receiver: Receiver, report: str) -> list[str]:
    """The types of the events about one report that the agency's program received, each event once."""
    events = {delivery.headers["webhook-id"]: delivery.event for delivery in receiver.requests}
    return [event["type"] for event in events.values() if event["data"]["report"] == report]


def test_an_agencys_program_hears_of_a_report_and_answers_it(system: System, receiver: Receiver) -> None:
    agency = system.public(system.report_of(system.sms(f"{TAPELAN} pertama", id="webhook-1")))["agency"]
    officer = system.bearer("agency", agency)
    system.http.delete("/agency/v1/webhook", headers=officer)  # the other test of this system may have set it
    webhook = system.http.put("/agency/v1/webhook", headers=officer, json={"url": receiver.url})
    assert webhook.status_code == 201, webhook.text
    report = system.report_of(system.sms(f"{TAPELAN} sekali", id="webhook-2"))
    system.until(lambda: happened(receiver, report), 60, "sent")
    delivery = next(each for each in receiver.requests if each.event["data"]["report"] == report)
    event: dict[str, Any] = Webhook(webhook.json()["secret"]).verify(delivery.body, delivery.headers)
    assert (event["type"], event["data"]["report"], event["data"]["agency"]) == ("report.disposed", report, agency)
    assert system.http.get(event["data"]["url"], headers=officer).json()["status"] == "disposed"
    assert system.act(report, "respond", officer, text="Ditambal hari ini", acted=True).is_success
    system.until(lambda: happened(receiver, report)[1:] == ["report.responded"], 60, "sent with the answer")


def test_nothing_is_missed_while_the_receiver_and_then_the_system_are_down(system: System, receiver: Receiver) -> None:
    agency = system.public(system.report_of(system.sms(f"{TAPELAN} ketiga", id="webhook-3")))["agency"]
    officer = system.bearer("agency", agency)
    receiver.answers = [503]
    system.http.put("/agency/v1/webhook", headers=officer, json={"url": receiver.url}).raise_for_status()
    report = system.report_of(system.sms(f"{TAPELAN} lagi", id="webhook-4"))
    system.until(lambda: happened(receiver, report), 60, "sent, and answered with 503")
    system.end(signal.SIGKILL if system.footing == "embedded" else signal.SIGINT)
    system.start()
    assert system.act(report, "acknowledge", officer).is_success
    system.until(lambda: happened(receiver, report)[1:] == ["report.acknowledged"], 60, "both sent")
    events = system.http.get("/agency/v1/events", params={"limit": 1000}, headers=officer).json()["events"]
    assert [event["cursor"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events if event["data"]["report"] == report] == happened(receiver, report)
