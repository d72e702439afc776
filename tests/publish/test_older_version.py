"""Processes of the version before may run beside this one: what they write is read, what they do not know is mended.

What that version writes is written here by hand, as it did: documents of form 1, entries without a form.
"""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from sqlalchemy import delete, insert, select, update
from starlette.testclient import TestClient

from contracts.events import CaseResponded
from kit.db import snapshot, transaction
from services.publish.datasets.forms import FORMS, NEWEST
from services.publish.datasets.spelling import time_before
from services.publish.log import leaves
from services.publish.log.leaves import LogFact
from services.publish.releases import cut as releases
from services.publish.releases import numbers
from services.publish.releases.files import Files
from services.publish.releases.schedule import Schedule
from services.publish.tables import LEAF, RELEASE, FaceRow, RecordRow
from services.publish.verify.release import verify_release
from tests.publish.conftest import NOW, Desk, closed, disposed
from tests.publish.test_withdrawal import work

RECORD = RecordRow.__table__  # type: ignore[attr-defined]
FACE = FaceRow.__table__  # type: ignore[attr-defined]


def change_as_before(desk: Desk, report: UUID, text: str) -> None:
    """An agency's answer as the version before publishes it: it knows no edition, no form and no salt of words."""
    with transaction(desk.engine) as session:
        doc, history = session.execute(
            select(RECORD.c.doc, FACE.c.history)
            .join(FACE, FACE.c.number == RECORD.c.number)
            .where(RECORD.c.id == str(report))
        ).one()
        members = {member: orjson.loads(doc)[member] for member in FORMS[1].record} | {"status": "responded"}
        document = {
            name: time_before(each) if name.endswith("_at") and each else each for name, each in members.items()
        }
        step = {"at": "2026-11-24T05:00:00Z", "what": "acted", "agency": "dpu", "text": text, "reason": None}
        entry = {**step, "id": str(report), "record": sha256(orjson.dumps(document)).hexdigest()}
        fact = LogFact(str(report), orjson.dumps(entry, option=orjson.OPT_SORT_KEYS), 1)
        [leaf] = leaves.append(session, [fact], NOW, desk.signer)
        session.execute(update(LEAF).where(LEAF.c.index == leaf.index).values(form=None))
        values = {"doc": orjson.dumps(document), "status": "responded"}
        session.execute(update(RECORD).where(RECORD.c.id == str(report)).values(values))
        steps = orjson.dumps([*orjson.loads(history), step])
        session.execute(update(FACE).where(FACE.c.id == str(report)).values(history=steps))


def hide_as_before(desk: Desk, report: UUID) -> None:
    """What the version before does to the leaves of a report that is hidden: it knows no words beside an entry."""
    with transaction(desk.engine) as session:
        here = LEAF.c.report == str(report)
        erased = list(session.scalars(select(LEAF.c.index).where(here).order_by(LEAF.c.index)))
        session.execute(update(LEAF).where(here).values(salt=None, entry=None))
        hidden = {"id": str(report), "at": "2026-11-24T05:00:00Z", "what": "hidden", "reason": "", "erased": erased}
        entry = orjson.dumps(hidden, option=orjson.OPT_SORT_KEYS)
        leaves.append(session, [LogFact(str(report), entry, 1)], NOW, desk.signer)
        session.execute(delete(FACE).where(FACE.c.id == str(report)))
        session.execute(delete(RECORD).where(RECORD.c.id == str(report)))


def answer(report: UUID, text: str) -> CaseResponded:
    return CaseResponded(time=NOW, subject=report, agency="dpu", text=text, acted=False)


def verified(desk: Desk, folder: Path) -> list[str]:
    number = releases.cut(desk.engine, Files(f"file://{folder}"), desk.signer, desk.region, NOW)
    return list(map(str, verify_release(folder / numbers.folder(number), str(desk.signer.verifier)).faults))


def test_a_record_that_both_versions_change_in_turn_is_served_and_verifies(
    desk: Desk, client: TestClient, tmp_path: Path
) -> None:
    report = desk.open()
    desk.publish(disposed(report))
    change_as_before(desk, report, "Besok")
    assert client.get(f"/v1/reports/{report}").json()["status"] == "responded"
    assert verified(desk, tmp_path) == []
    desk.publish(closed(report))
    body = client.get(f"/v1/reports/{report}").json()
    assert [step["text"] for step in body["history"]] == [None, None, "Besok", "Sudah ditambal"]
    assert verified(desk, tmp_path) == []
    with snapshot(desk.engine) as session:
        forms = session.scalars(select(LEAF.c.form).order_by(LEAF.c.index)).all()
    assert forms == [NEWEST, NEWEST, None, *[NEWEST] * 3]  # the fourth and the last are of the releases


def test_words_that_an_older_hiding_left_are_served_nowhere_and_then_erased(
    desk: Desk, client: TestClient, tmp_path: Path
) -> None:
    report = desk.open()
    desk.publish(disposed(report), answer(report, "kata yang harus hilang"))
    hide_as_before(desk, report)
    for path in ("/v1/changes", f"/v1/reports/{report}/proof"):
        assert "harus hilang" not in client.get(path).text
    assert verified(desk, tmp_path) == []
    assert not [path for path in tmp_path.rglob("*.jsonl") if "harus hilang" in path.read_text()]
    with transaction(desk.engine) as session:
        leaves.forget_words(session)
        assert set(session.scalars(select(LEAF.c.text))) == {None}


def test_a_release_that_an_older_process_cut_of_newer_facts_is_withdrawn_and_made_again(
    desk: Desk, client: TestClient, tmp_path: Path
) -> None:
    desk.open()
    files = Files(f"file://{tmp_path / 'files'}")
    files.folder("reports/1")
    files.put("reports/1/reports.csv", b"id\r\n")
    row = {"number": 1, "made_at": NOW, "rows": 1, "size": 1, "files": b"[]", "removed": False}
    with transaction(desk.engine) as session:
        session.execute(insert(RELEASE), row)
    work(desk, tmp_path / "files")
    listed = client.get("/v1/datasets/reports/releases").json()["releases"]
    assert [(each["number"], each["withdrawn_at"] is None) for each in listed] == [(2, True), (1, False)]
    assert listed[1]["reason"] == "it was cut by an older version, which did not know all that the log commits to"


def test_a_release_of_an_older_version_that_holds_nothing_newer_stands(desk: Desk, tmp_path: Path) -> None:
    row = {"number": 1, "made_at": NOW, "rows": 0, "size": 0, "files": b"[]", "removed": False}
    with transaction(desk.engine) as session:
        session.execute(insert(RELEASE), row)
    desk.open()
    schedule = Schedule(desk.engine, f"file://{tmp_path}", desk.signer, desk.region, NOW - NOW)
    with transaction(desk.engine) as session:
        schedule.tick[1](session, NOW)
    schedule.join()
    with snapshot(desk.engine) as session:
        assert session.scalar(select(RELEASE.c.withdrawn_at).where(RELEASE.c.number == 1)) is None


def test_what_a_newer_version_stored_of_a_report_stays_when_this_one_changes_it(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    with transaction(desk.engine) as session:
        doc = orjson.loads(session.scalars(select(RECORD.c.doc)).one())
        session.execute(update(RECORD).values(doc=orjson.dumps({**doc, "colour": "red"})))
    desk.publish(disposed(report))
    body = client.get(f"/v1/reports/{report}").json()
    assert (body["colour"], body["status"]) == ("red", "disposed")


def test_no_release_is_cut_while_a_newer_version_writes_forms_that_this_one_does_not_know(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open()
    with transaction(desk.engine) as session:
        session.execute(update(LEAF).values(form=NEWEST + 1))
    with pytest.raises(releases.NewerForms):
        releases.cut(desk.engine, Files(f"file://{tmp_path}"), desk.signer, desk.region, NOW)
    schedule = Schedule(desk.engine, f"file://{tmp_path}", desk.signer, desk.region, timedelta(days=1))
    clears: list[str] = []
    monkeypatch.setattr(Files, "delete", lambda _, name: clears.append(name))
    for _ in range(2):
        with transaction(desk.engine) as session:
            schedule.tick[1](session, NOW)
        schedule.join()
    with snapshot(desk.engine) as session:
        assert session.scalars(select(RELEASE.c.number)).all() == []
    assert len(clears) == 1  # the second tick does not try again at once


def test_a_release_of_an_older_version_is_listed_for_the_datasets_that_it_has(desk: Desk, client: TestClient) -> None:
    row = {"number": 1, "made_at": NOW, "rows": 7, "size": 30, "files": b"[]", "removed": False}
    with transaction(desk.engine) as session:
        session.execute(insert(RELEASE), row)
    assert client.get("/v1/datasets/reports/releases/1").json()["rows"] == 7
    assert client.get("/v1/datasets/history/releases/1").json()["rows"] == 30
    assert client.get("/v1/datasets/calendar/releases").json() == {"releases": [], "next": None}
    assert client.get("/v1/datasets/calendar/releases/1").status_code == 404
