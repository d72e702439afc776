"""What the worker publishes and what a release proves are the same thing."""

from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient

from contracts.events import CaseClosed, CaseDisposed, CaseHidden, CaseRejected, CaseResponded, Closure
from services.publish.releases import cut as releases
from services.publish.releases import numbers
from services.publish.releases.files import Files
from services.publish.verify.release import verify_release
from tests.publish.conftest import NOW, Desk, opened


@pytest.fixture
def folder(desk: Desk, tmp_path: Path) -> Path:
    """A release of every way that a case can go, some of them within one batch."""
    plain, secret, hidden, gone = opened(text="=1+1 rusak"), opened(confidential=True), opened(), opened()
    again = opened(received_at=NOW - timedelta(days=900, microseconds=1500))
    desk.publish(plain, secret, hidden, again)
    desk.publish(
        *(
            CaseDisposed(time=NOW, subject=one.subject, agency="dpu", category="jalan-rusak", reason="jalan")
            for one in (plain, secret, hidden)
        ),
        CaseResponded(time=NOW, subject=plain.subject, agency="dpu", text="Sudah, \n\x0b 'baik'", acted=True),
        CaseClosed(time=NOW - timedelta(days=800), subject=again.subject, closure=Closure.done, agency="dpu"),
        gone,
        CaseHidden(time=NOW, subject=gone.subject, reason="names a child"),
        CaseRejected(time=NOW, subject=opened().subject, reason="spam", received_at=NOW),
    )
    desk.publish(CaseHidden(time=NOW, subject=hidden.subject, reason="names a child"))
    number = releases.cut(desk.engine, Files(f"file://{tmp_path}"), desk.signer, desk.region, NOW)
    return tmp_path / numbers.folder(number)


def test_a_release_of_what_the_worker_published_verifies(desk: Desk, folder: Path) -> None:
    verified = verify_release(folder, str(desk.signer.verifier))
    assert verified.faults == []
    assert (verified.reports, verified.facts, verified.hidden, verified.erased) == (3, 12, 2, 3)


def test_a_release_says_what_the_api_says(desk: Desk, folder: Path, client: TestClient) -> None:
    answered = {report["id"]: report for report in client.get("/v1/reports").json()["reports"]}
    lines = [orjson.loads(line) for line in (folder / "reports.jsonl").read_bytes().splitlines()]
    assert {line["id"]: {member: line[member] for member in answered[line["id"]]} for line in lines} == answered
