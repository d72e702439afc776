"""An act or a channel is one file and a line or two, and then the whole product serves it.

The act is `entrust`: an agency gives a report to the coordinator. The channel is one whose provider sends JSON.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.journey.growing import Copy, started
from tests.journey.system import ROOT, TAPELAN, System

ENTRUST = '''"""An agency gives a report to the coordinator. In public: a disposition, with the reason redacted."""

from services.routing import cases
from services.routing.act import Act
from services.routing.desk import Desk
from services.routing.domain import Assigned, Move
from services.routing.tables import Case
from services.routing.views import RequestBody, Words


class Entrust(RequestBody):
    reason: Words


def entrust(desk: Desk, case: Case, sent: Entrust) -> None:
    """Give it to the coordinator."""
    to = Assigned(desk.rules.region.coordinator, sent.reason)
    cases.dispose(desk.session, desk.rules, case, Move.entrust, to, desk.decision(sent.reason))


ACT = Act(Move.entrust, by=("agency",), body=Entrust, do=entrust)
'''
ITS_TEST = '''"""entrust: what this act does."""

from typing import Any

from tests.routing.conftest import ROAD, Routing

BY = ("agency",)
BODY: dict[str, Any] = {"reason": "bukan jalan kabupaten"}


def test_an_entrusted_report_is_the_coordinators(routing: Routing) -> None:
    report = routing.report(ROAD)
    assert routing.do("dpu", report, "entrust", **BODY).json()["agency"] == "dinkominfo"
'''
CHANNEL = '''"""Pesan: an invented messenger. A message is JSON, and so is the answer."""

import orjson
from starlette.responses import Response

from contracts.events import Channel
from services.intake.domain import TextMessage
from services.intake.provider import ProviderRequest, Provider


def read(delivery: ProviderRequest) -> TextMessage:
    sent = orjson.loads(delivery.body)
    raw = sent["text"].encode()
    return TextMessage("pesan", sent["id"], sent["from"], sent["text"], raw, "utf-8", None)


def reply(words: str) -> Response:
    return Response(orjson.dumps({"reply": words}), media_type="application/json")


PROVIDER = Provider(
    name="pesan",
    channel=Channel.whatsapp,
    read=read,
    reply=reply,
    operation={"summary": "Take a message from Pesan."},
    reply_type="application/json",
)
'''


GLOSSARY, MOVES = "docs/glossary.md", "services/routing/domain.py"
REGION = "regions/bojonegoro"
SETTINGS = f"{REGION}/region.yaml"


class Whole(Copy):
    """A copy with its documents and its own tests."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for name in ("deploy", "docs", "tests"):
            left_out = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=left_out, dirs_exist_ok=True)
        shutil.copy(ROOT / "pyproject.toml", folder)

    def tests(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run some of the copy's tests."""
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="pendapa-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def copy(folder: Path) -> Whole:
    """A copy in which an act and a channel are added, without their tests and the act's glossary row."""
    copy = Whole(folder / "copy")
    add_act(copy)
    add_channel(copy)
    return copy


def add_act(copy: Copy) -> None:
    """All of it that a server needs."""
    copy.add("services/routing/actions/entrust.py", ENTRUST)
    copy.insert(MOVES, '    silence = "silence"', '    entrust = "entrust", "entrusted"\n')
    copy.insert(MOVES, "    (_s.disposed, _m.close)", "    (_s.disposed, _m.entrust): _s.disposed,\n")


def explain_act(copy: Copy) -> None:
    """Its glossary row and its test, without which the tests fail."""
    copy.insert(GLOSSARY, "| transferred |", "| entrusted | diserahkan | its agency gave it to the coordinator |\n")
    copy.add("tests/routing/actions/test_entrust.py", ITS_TEST)


def add_channel(copy: Copy) -> None:
    copy.add("services/intake/channels/pesan.py", CHANNEL)
    copy.insert(SETTINGS, "]\nphone_country", ", pesan")


def test_nothing_else_was_changed(tmp_path: Path) -> None:
    act, channel = Whole(tmp_path / "act"), Whole(tmp_path / "channel")
    add_act(act)
    explain_act(act)
    assert set(act.changed) == {
        "services/routing/actions/entrust.py",
        "services/routing/domain.py",
        "docs/glossary.md",
        "tests/routing/actions/test_entrust.py",
    }
    add_channel(channel)
    assert set(channel.changed) == {"services/intake/channels/pesan.py", "regions/bojonegoro/region.yaml"}


def test_an_act_without_a_glossary_row_and_a_test_makes_the_tests_fail_and_with_them_none(copy: Whole) -> None:
    checks = ("tests/deploy/test_documents.py", "tests/routing/test_acts.py", "-k", "entrust and not postgresql")
    failed = copy.tests(*checks).stdout
    assert "test_the_glossary_has_a_row_for_every_move_and_so_for_every_act[entrust]" in failed
    assert "test_every_act_has_a_test_of_its_own[entrust]" in failed
    explain_act(copy)
    passed = copy.tests(*checks)
    assert passed.returncode == 0, passed.stdout


def test_a_channel_without_a_test_makes_the_tests_fail(copy: Whole) -> None:
    failed = copy.tests("tests/intake/test_channels.py", "-k", "pesan and not postgresql").stdout
    assert "test_a_provider_has_the_name_of_its_file_and_a_test[pesan]" in failed
    assert "1 failed" in failed


def test_the_whole_product_serves_the_act_and_the_channel_for_older_reports_too(copy: Whole, folder: Path) -> None:
    with started(folder / "data", ROOT, REGION) as system:
        old = system.report_of(system.sms(TAPELAN, id="before"))
        system.opened(old)
    with started(folder / "data", copy.folder, REGION) as system:
        new = file_by_the_new_channel(system)
        for report in (old, new):
            entrust(system, report)
        described = system.http.get("/openapi.json").json()["paths"]
        assert described["/channels/pesan"]["post"]["security"] == [{"token": []}]
        assert described["/agency/v1/reports/{id}/entrust"]["post"]["tags"] == ["agencies"]
        assert system.parked() == 0


def file_by_the_new_channel(system: System) -> str:
    """Deliver a message twice by the new channel; the id of the one report that it becomes."""
    keys = system.keys["channels"]
    message = {"id": "1", "from": "+62811000002", "text": TAPELAN}
    wrong = system.http.post("/channels/pesan", params={"token": keys["kannel"]}, json=message)
    assert wrong.status_code == 403
    first, again = (
        system.http.post("/channels/pesan", params={"token": keys["pesan"]}, json=message) for _ in range(2)
    )
    assert first.status_code == 200, first.text
    assert first.json() == again.json()
    report = system.report_of(first.json()["reply"])
    public = system.opened(report)
    assert public["channel"] == "whatsapp"
    assert report in [row["id"] for row in system.all_reports(channel="whatsapp")]
    return report


def entrust(system: System, report: str) -> None:
    """Let the agency of `report` entrust it; the public history and the agency's events show that."""
    agency = system.public(report, "disposed")["agency"]
    officer = system.bearer("agency", agency)
    assert system.act(report, "entrust", system.bearer("official"), reason="bukan urusan kami").status_code == 403
    entrusted = system.act(report, "entrust", officer, reason="bukan urusan kami, hp 0811000000")
    assert (entrusted.status_code, entrusted.json()["agency"]) == (200, "dinkominfo")

    system.until(lambda: system.public(report)["agency"] == "dinkominfo", 30, "public")
    last = system.public(report)["history"][-1]
    assert (last["what"], last["reason"]) == ("disposed", "bukan urusan kami, hp [telepon]")

    def agency_has_event() -> bool:
        events = system.http.get("/agency/v1/events?limit=1000", headers=officer).json()["events"]
        return ("report.entrusted", report) in [(event["type"], event["data"]["report"]) for event in events]

    system.until(agency_has_event, 30, "among the agency's events")
