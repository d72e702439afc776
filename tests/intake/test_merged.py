"""The reporter of a merged report is told what becomes of the main one, and no more than the public may know of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from contracts.events import CaseEscalated, CaseMerged, CaseSplit, CaseTold, Closure
from tests.intake.test_following import AT, DISPOSED, OPENED, SUBJECT, filed, happen, read

MAIN = UUID("00000000-0000-4000-8000-00000000000a")
DUE, CLOSES = AT + timedelta(days=7), AT + timedelta(days=14)
MERGED = CaseMerged(time=AT, subject=SUBJECT, duplicate_of=MAIN, agency="dpu", reason="lubang yang sama")
HELD_MERGED = CaseMerged(time=AT, subject=SUBJECT, duplicate_of=None, reason="digabung", received_at=AT)


def told(what: Any, **fields: Any) -> CaseTold:
    return CaseTold(time=AT, subject=SUBJECT, what=what, **fields)


def cek(client: TestClient, receipt: dict[str, str]) -> Any:
    return read(client, f"/v1/codes/{receipt['code']}").json()


def test_the_code_tells_how_the_main_report_stands(client: TestClient, rows: Engine) -> None:
    receipt = filed(client)
    happen(rows, receipt["id"], OPENED, DISPOSED, MERGED, told("disposed", agency="dinkes", due_at=DUE))
    seen = cek(client, receipt)
    assert (seen["merged"], seen["duplicate_of"]) == (True, str(MAIN))
    assert (seen["status"], seen["agency"], seen["due_at"] is not None) == ("disposed", "dinkes", True)
    assert "digabung" in seen["message"]
    happen(rows, receipt["id"], told("responded", agency="dinkes", text="Besok ditambal", acted=True, due_at=CLOSES))
    seen = cek(client, receipt)
    assert seen["status"] == "responded"
    assert "dijawab" in seen["message"]
    happen(rows, receipt["id"], told("closed", agency="dinkes", closure=Closure.done))
    seen = cek(client, receipt)
    assert (seen["status"], seen["closure"]) == ("closed", "done")
    assert "TIDAK" in seen["message"]
    happen(rows, receipt["id"], told("reopened", agency="dinkes", due_at=DUE))
    assert cek(client, receipt)["status"] == "reopened"


def test_its_reporter_reads_the_answer_and_may_say_that_it_is_not_enough(client: TestClient, rows: Engine) -> None:
    receipt = filed(client)
    happen(rows, receipt["id"], OPENED, DISPOSED, MERGED, told("verified"))
    happen(rows, receipt["id"], told("responded", agency="dpu", text="Besok", acted=False, due_at=CLOSES))
    view = read(client, receipt["url"]).json()
    assert [(step["what"], step["text"]) for step in view["history"][2:]] == [("merged", None), ("responded", "Besok")]
    assert view["may"] == ["add", "satisfied", "unsatisfied", "hide"]


def test_of_a_report_that_was_held_the_status_alone_is_told(client: TestClient, rows: Engine) -> None:
    receipt = filed(client)
    happen(rows, receipt["id"], HELD_MERGED, told("acknowledged", due_at=DUE))
    seen = cek(client, receipt)
    assert (seen["status"], seen["merged"], seen["duplicate_of"], seen["agency"]) == ("in_progress", True, None, None)
    assert seen["due_at"] is not None
    happen(rows, receipt["id"], CaseSplit(time=AT, subject=SUBJECT, reason="dipisahkan", received_at=AT))
    seen = cek(client, receipt)
    assert (seen["status"], seen["merged"]) == ("received", False)


def test_of_a_withheld_report_no_agency_is_told_once_it_is_merged(client: TestClient, rows: Engine) -> None:
    receipt = filed(client)
    unlinked = MERGED.model_copy(update={"duplicate_of": None})
    happen(rows, receipt["id"], OPENED, DISPOSED, unlinked, told("disposed", due_at=DUE))
    seen = cek(client, receipt)
    assert (seen["status"], seen["agency"], seen["duplicate_of"], seen["merged"]) == ("disposed", None, None, True)


def test_once_split_it_is_told_of_itself_again(client: TestClient, rows: Engine) -> None:
    receipt = filed(client)
    split = CaseSplit(time=AT, subject=SUBJECT, agency="dpu", reason="lubang lain", due_at=DUE)
    happen(rows, receipt["id"], OPENED, DISPOSED, MERGED, told("closed", agency="dinkes", closure=Closure.done), split)
    seen = cek(client, receipt)
    assert (seen["status"], seen["merged"], seen["duplicate_of"]) == ("reopened", False, None)
    assert (seen["agency"], seen["closure"]) == ("dpu", None)
    assert read(client, receipt["url"]).json()["history"][-1]["what"] == "split"


@pytest.mark.parametrize("what", ["hidden", "corrected"])
def test_words_that_the_main_reports_agency_took_back_are_gone_here_too(
    client: TestClient, rows: Engine, what: str
) -> None:
    receipt = filed(client)
    happen(rows, receipt["id"], OPENED, MERGED, told("responded", text="Rumah Siti", acted=True))
    happen(rows, receipt["id"], told(what, text=None if what == "hidden" else "Ralat", privacy=True))
    history = read(client, receipt["url"]).json()["history"]
    assert "Siti" not in str(history)
    assert [step["what"] for step in history] == ["verified", "merged", "responded", *["corrected"][what == "hidden" :]]


def test_a_deadline_that_passed_before_the_merge_is_its_own(client: TestClient, rows: Engine) -> None:
    receipt = filed(client)
    late = CaseEscalated(time=AT, subject=SUBJECT, agency="dpu", reason="terlambat")
    happen(rows, receipt["id"], OPENED, DISPOSED, late)
    assert cek(client, receipt)["late"]
    far = AT + timedelta(days=3650)
    happen(rows, receipt["id"], MERGED, told("acknowledged", agency="dpu", due_at=far))
    assert not cek(client, receipt)["late"]
