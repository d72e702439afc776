"""An agency's own program: it hears of each report by webhook, asks for it, answers, and misses nothing."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.journey.conftest import require_servers
from tests.journey.system import ROOT, TAPELAN, System, running
from tests.receiver import Receiver, receiving


@pytest.fixture(scope="module", params=["embedded", pytest.param("distributed", marks=pytest.mark.live)])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    if request.param == "distributed":
        require_servers()
    with running(request.param, ROOT / "regions/bojonegoro", "--private-webhooks") as system:
        yield system


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def happened(receiver: Receiver, report: str) -> list[str]:
    """What the agency's program was told of one report, each event once."""
    once = {request.headers["webhook-id"]: request.event for request in receiver.requests}
    return [event["type"] for event in once.values() if event["data"]["report"] == report]


def test_an_agencys_program_hears_of_a_report_and_answers_it(system: System, receiver: Receiver) -> None:
    agency = system.public(system.report_of(system.sms(TAPELAN, id="webhook-1")))["agency"]
    officer = system.bearer("agency", agency)
    system.http.delete("/agency/v1/webhook", headers=officer)  # the other test of this system may have set it
    made = system.http.put("/agency/v1/webhook", headers=officer, json={"url": receiver.url})
    assert made.status_code == 201, made.text
    report = system.report_of(system.sms(f"{TAPELAN} sekali", id="webhook-2"))
    system.until(lambda: happened(receiver, report), 60, "told")
    request = next(request for request in receiver.requests if request.event["data"]["report"] == report)
    told: dict[str, Any] = Webhook(made.json()["secret"]).verify(request.body, request.headers)
    assert (told["type"], told["data"]["report"], told["data"]["agency"]) == ("report.disposed", report, agency)
    assert system.http.get(told["data"]["url"], headers=officer).json()["status"] == "disposed"
    assert system.act(report, "respond", officer, text="Ditambal hari ini", acted=True).is_success
    system.until(lambda: happened(receiver, report)[1:] == ["report.responded"], 60, "told of the answer")


def test_nothing_is_missed_while_the_receiver_and_then_the_system_are_down(system: System, receiver: Receiver) -> None:
    agency = system.public(system.report_of(system.sms(TAPELAN, id="webhook-3")))["agency"]
    officer = system.bearer("agency", agency)
    receiver.answers = [503]
    system.http.put("/agency/v1/webhook", headers=officer, json={"url": receiver.url}).raise_for_status()
    report = system.report_of(system.sms(f"{TAPELAN} lagi", id="webhook-4"))
    system.until(lambda: happened(receiver, report), 60, "told in vain")
    system.end(signal.SIGKILL if system.footing == "embedded" else signal.SIGINT)
    system.start()
    assert system.act(report, "acknowledge", officer).is_success
    system.until(lambda: happened(receiver, report)[1:] == ["report.acknowledged"], 60, "told of both")
    events = system.http.get("/agency/v1/events", params={"limit": 1000}, headers=officer).json()["events"]
    assert [event["cursor"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events if event["data"]["report"] == report] == happened(receiver, report)
