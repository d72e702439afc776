"""What was done wrong and is mended: corrected answers, refused transfers, and reports that are opened again."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select, text, update
from starlette.testclient import TestClient

from contracts.events import (
    AnyEvent,
    CaseClosed,
    CaseCorrected,
    CaseHidden,
    CaseRefused,
    CaseReopened,
    CaseResponded,
    Closure,
)
from kit.db import snapshot, transaction
from services.publish.releases import cut as releases
from services.publish.releases import numbers
from services.publish.releases.files import Files
from services.publish.tables import LEAF, RELEASE
from services.publish.verify.release import verify_release
from tests.publish.conftest import NOW, Desk, disposed

SECRET = "Rumah Siti RT 3 sudah kami datangi"
PRIVATE = "Rumah pelapor sudah kami datangi"


def responded(report: UUID, text: str | None, **fields: Any) -> CaseResponded:
    return CaseResponded(**{"time": NOW, "subject": report, "agency": "dpu", "text": text, "acted": False, **fields})


def corrected(report: UUID, answer: int, text: str | None, *, privacy: bool = False, **fields: Any) -> CaseCorrected:
    told = {"time": NOW, "subject": report, "answer": answer, "agency": "dpu", "by": "agency", "text": text}
    return CaseCorrected(**{**told, "privacy": privacy, **fields})


def answers(client: TestClient, report: UUID) -> list[tuple[str, int | None, str | None]]:
    history = client.get(f"/v1/reports/{report}").json()["history"]
    return [(step["what"], step["answer"], step["text"]) for step in history if step["answer"] is not None]


def notes(client: TestClient, report: UUID) -> str | None:
    [request] = client.get(f"/open311/v2/requests/{report}.json").json()
    words: str | None = request["status_notes"]
    return words


def assert_all_say(faults: list[str], what: str) -> None:
    """Both files that the verifier reads whole rows from are accused, of the same."""
    assert [fault.partition(",")[0] for fault in faults] == ["history.jsonl", "history.parquet"]
    assert all(what in fault for fault in faults)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(f"file://{tmp_path / 'files'}")


@pytest.fixture
def verify(desk: Desk, files: Files, tmp_path: Path) -> Callable[[], list[str]]:
    """Cuts a release and returns the faults in it."""

    def cut() -> list[str]:
        number = releases.cut(desk.engine, files, desk.signer, desk.region, NOW)
        found = verify_release(tmp_path / "files" / numbers.folder(number), f"{desk.signer.verifier}\n")
        return [str(fault) for fault in found.faults]

    return cut


def test_a_correction_is_a_fact_of_its_own_and_its_words_count_on_every_face(
    desk: Desk, client: TestClient, verify: Callable[[], list[str]]
) -> None:
    report = desk.open()
    desk.publish(disposed(report), responded(report, "Satu"), responded(report, "Dua"))
    desk.publish(corrected(report, 2, "Dua, ralat", reason="tanggal salah"))
    assert answers(client, report) == [
        ("responded", 1, "Satu"),
        ("responded", 2, "Dua"),
        ("corrected", 2, "Dua, ralat"),
    ]
    step = client.get(f"/v1/reports/{report}").json()["history"][-1]
    assert (step["agency"], step["by"], step["privacy"], step["reason"]) == ("dpu", "agency", False, "tanggal salah")
    assert notes(client, report) == "Dua, ralat"
    assert verify() == []


def test_a_correction_of_an_earlier_answer_is_not_the_newest_answer(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    desk.publish(disposed(report), responded(report, "Satu"), responded(report, "Dua"), corrected(report, 1, "Ralat"))
    assert notes(client, report) == "Dua"


@pytest.mark.parametrize("batches", [1, 5])
def test_for_privacy_the_words_before_are_gone_from_every_face_and_the_log_says_so(
    desk: Desk, client: TestClient, verify: Callable[[], list[str]], batches: int
) -> None:
    report = desk.open()
    facts: list[AnyEvent] = [
        disposed(report),
        CaseClosed(time=NOW, subject=report, closure=Closure.done, agency="dpu", text=SECRET),
        corrected(report, 1, SECRET + "!"),
        corrected(report, 1, PRIVATE, privacy=True, reason="menyebut nama"),
        responded(report, "Dua"),
    ]
    for event in [facts] if batches == 1 else [[fact] for fact in facts]:
        desk.publish(*event)
    assert answers(client, report) == [
        ("closed", 1, None),
        ("corrected", 1, None),
        ("corrected", 1, PRIVATE),
        ("responded", 2, "Dua"),
    ]
    for path in ("/v1/changes", f"/v1/reports/{report}/proof", f"/open311/v2/requests/{report}.json"):
        assert "Siti" not in client.get(path).text
    leaves = client.get(f"/v1/reports/{report}/proof").json()["leaves"]
    entry = orjson.loads(leaves[4]["entry"])
    assert (entry["what"], entry["answer"], entry["words_erased"]) == ("corrected", 1, [2, 3])
    assert [leaf["text_salt"] is None for leaf in leaves[2:5]] == [True, True, False]
    with snapshot(desk.engine) as session:
        assert not [text for text in session.scalars(select(LEAF.c.text)) if text and "Siti" in text]
    assert verify() == []


def test_a_release_that_holds_erased_words_is_withdrawn_and_the_next_verifies(
    desk: Desk, client: TestClient, files: Files, verify: Callable[[], list[str]]
) -> None:
    report = desk.open()
    assert verify() == []
    desk.publish(disposed(report), responded(report, SECRET))
    assert verify() == []
    desk.publish(corrected(report, 1, PRIVATE, privacy=True))
    with snapshot(desk.engine) as session:
        rows = session.execute(select(RELEASE.c.number, RELEASE.c.reason).order_by(RELEASE.c.number)).all()
    assert [tuple(row) for row in rows] == [(1, None), (2, "words in it were erased for privacy")]
    assert verify() == []


def test_a_cut_during_which_words_are_erased_is_made_again(
    desk: Desk, client: TestClient, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = desk.open()
    desk.publish(disposed(report), responded(report, SECRET))
    write, erasing = releases._write, [corrected(report, 1, PRIVATE, privacy=True)]

    def write_and_correct(*told: Any) -> Any:
        done = write(*told)
        if erasing:
            desk.publish(erasing.pop())
        return done

    monkeypatch.setattr(releases, "_write", write_and_correct)
    number = releases.cut(desk.engine, files, desk.signer, desk.region, NOW)
    history = (tmp_path / "files" / numbers.folder(number) / "history.jsonl").read_text()
    assert PRIVATE in history
    assert "Siti" not in history


def test_words_that_went_without_a_correction_are_a_fault(
    desk: Desk, client: TestClient, verify: Callable[[], list[str]]
) -> None:
    report = desk.open()
    desk.publish(disposed(report), responded(report, "Satu"))
    with transaction(desk.engine) as session:
        session.execute(update(LEAF).where(LEAF.c.text == "Satu").values(text=None, text_salt=None))
    assert_all_say(verify(), "no correction names it")


def test_words_that_a_correction_erased_and_that_are_there_are_a_fault(
    desk: Desk, client: TestClient, verify: Callable[[], list[str]]
) -> None:
    report = desk.open()
    desk.publish(disposed(report), responded(report, SECRET))
    with transaction(desk.engine) as session:
        words = {name: session.scalar(select(LEAF.c[name]).where(LEAF.c.text == SECRET)) for name in WORDS}
    desk.publish(corrected(report, 1, PRIVATE, privacy=True))
    with transaction(desk.engine) as session:
        session.execute(update(LEAF).where(LEAF.c.index == 2).values(words))
    assert_all_say(verify(), "a correction names its words as erased, and they are here")


WORDS = ("text", "text_salt")


def test_of_a_report_that_is_hidden_later_the_correction_is_gone_too(
    desk: Desk, client: TestClient, verify: Callable[[], list[str]]
) -> None:
    report = desk.open()
    desk.publish(disposed(report), responded(report, SECRET), corrected(report, 1, PRIVATE, privacy=True))
    desk.publish(CaseHidden(time=NOW, subject=report, reason="menyebut nama"))
    assert "pelapor" not in client.get("/v1/changes").text
    assert verify() == []


def test_an_entry_of_form_1_which_has_the_words_is_erased_whole(
    desk: Desk, client: TestClient, verify: Callable[[], list[str]]
) -> None:
    report = desk.open()
    desk.publish(disposed(report), responded(report, SECRET))
    with transaction(desk.engine) as session:
        session.execute(update(LEAF).where(LEAF.c.index == 2).values(form=None))
    desk.publish(corrected(report, 1, PRIVATE, privacy=True))
    with snapshot(desk.engine) as session:
        row = session.execute(select(LEAF).where(LEAF.c.index == 2)).one()
        entry = session.scalar(select(LEAF.c.entry).where(LEAF.c.index == 3))
    assert (row.salt, row.entry, row.text) == (None, None, None)
    assert orjson.loads(entry or b"")["erased"] == [2]
    assert verify() == []


def test_a_history_that_a_version_before_wrote_has_its_answers_numbered(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    desk.publish(disposed(report), responded(report, 'Satu, "answer":1'), responded(report, "Dua"))
    stored: list[dict[str, Any]] = client.get(f"/v1/reports/{report}").json()["history"]
    older = [{name: step[name] for name in ("at", "what", "agency", "text", "reason")} for step in stored]
    older = [{**step, "what": "answered"} if step["what"] == "responded" else step for step in older]
    with transaction(desk.engine) as session:
        session.execute(text("UPDATE face SET history = :history"), {"history": orjson.dumps(older)})
    assert client.get(f"/v1/reports/{report}").json()["history"] == stored
    desk.publish(corrected(report, 1, PRIVATE, privacy=True))
    assert answers(client, report) == [("responded", 1, None), ("responded", 2, "Dua"), ("corrected", 1, PRIVATE)]


def test_of_a_confidential_report_only_that_it_was_corrected_is_told(desk: Desk, client: TestClient) -> None:
    report = desk.open(confidential=True)
    desk.publish(disposed(report), responded(report, None), corrected(report, 1, None, privacy=True))
    assert answers(client, report) == [("responded", 1, None), ("corrected", 1, None)]


def test_a_refused_report_is_no_agencys_and_has_no_deadline(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    given = disposed(report, "dinkes", transferred_by="dpu")
    desk.publish(disposed(report), given, CaseRefused(time=NOW, subject=report, agency="dinkes", reason="bukan kami"))
    body = client.get(f"/v1/reports/{report}").json()
    assert (body["status"], body["agency"], body["due_at"]) == ("verified", None, None)
    assert [(step["what"], step["agency"], step["reason"]) for step in body["history"]][2:] == [
        ("transferred", "dinkes", "its category"),
        ("refused", "dinkes", "bukan kami"),
    ]
    counts = client.get("/v1/stats").json()["counts"]
    assert [(each["agency"], each["status"]) for each in counts] == [(None, "verified")]
    desk.publish(disposed(report, "dpu"))
    assert client.get(f"/v1/reports/{report}").json()["agency"] == "dpu"


def test_the_history_says_who_opened_a_report_again(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    closing = CaseClosed(time=NOW, subject=report, closure=Closure.done, agency="dpu")
    again = CaseReopened(time=NOW + timedelta(hours=1), subject=report, agency="dpu", reason="salah tutup", by="agency")
    desk.publish(disposed(report), closing, again)
    step = client.get(f"/v1/reports/{report}").json()["history"][-1]
    assert (step["what"], step["by"], step["reason"]) == ("reopened", "agency", "salah tutup")
