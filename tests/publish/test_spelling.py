"""Facts of earlier forms are hashed as they were, and spelled as today wherever anybody reads them."""

from contextlib import suppress
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from starlette.testclient import TestClient

from contracts.events import CaseResponded
from contracts.facts import PUBLIC_WHAT, What
from kit.db import transaction
from services.publish.datasets import history, reports
from services.publish.datasets.forms import FORMS, digest
from services.publish.datasets.spelling import entry_hashed, entry_spelled, record_hashed, record_spelled, step_spelled
from services.publish.tables import FaceRow
from tests.publish import keeping
from tests.publish.conftest import NOW, Desk, closed, disposed

FACE = FaceRow.__table__  # type: ignore[attr-defined]
EARLIER = [folder for folder in keeping.RELEASES if folder.parent.name in ("form1", "form2")]


def entries(release: Path) -> list[dict[str, object]]:
    """The entries of a release of form 1 or 2, as they were hashed."""
    rows = [orjson.loads(line) for line in (release / "history.jsonl").read_bytes().splitlines()]
    beside = ("index", "salt", "text_salt", "agency_name")
    return [
        {name: value for name, value in row.items() if name not in beside and (name != "text" or "form" not in row)}
        for row in rows
        if row["salt"] is not None
    ]


@pytest.mark.parametrize("release", EARLIER, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_each_kept_entry_is_spelled_as_today_and_back_to_the_byte(release: Path) -> None:
    for entry in entries(release):
        spelled = entry_spelled(entry)
        assert orjson.dumps(entry_hashed(spelled)) == orjson.dumps(entry)
        assert spelled["what"] in history.WHAT
        assert len(str(spelled["at"])) == 24


@pytest.mark.parametrize("release", EARLIER, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_each_kept_record_has_the_digest_of_its_form_from_the_spelling_of_today(release: Path) -> None:
    form = FORMS[int(release.parent.name.removeprefix("form"))]
    for line in (release / "reports.jsonl").read_bytes().splitlines():
        row = orjson.loads(line)
        spelled = record_spelled(row)
        assert len(str(spelled["received_at"])) == 24
        assert digest(form.record, record_hashed(form.number, spelled)) == digest(form.record, row)


_WORDS = st.one_of(st.none(), st.text(max_size=5))
_TIMES = st.sampled_from(["2026-11-24T05:00:00Z", "2026-11-24T05:00:00.123Z"])


@given(st.sampled_from([*history.WHAT, "acted", "answered"]), _WORDS, _WORDS, _TIMES, st.sampled_from([1, 2]))
def test_no_entry_of_an_earlier_form_has_a_second_spelling(
    what: str, reason: str | None, agency: str | None, at: str, form: int
) -> None:
    if what == What.responded:
        return  # no fact of these forms says so
    entry = {"agency": agency, "at": at, **({"form": 2} if form == 2 else {}), "reason": reason, "what": what}
    spelled = entry_spelled(entry)
    assert entry_hashed(spelled) == entry
    for name, value in (("at", at), ("acted", 1), ("what", "acted"), ("closure", reason), ("reason", "done")):
        other = {**spelled, name: value}
        if orjson.dumps(other) == orjson.dumps(spelled):
            continue
        with suppress(ValueError):
            assert orjson.dumps(entry_hashed(other)) != orjson.dumps(entry)


def test_an_entry_of_form_3_is_hashed_as_it_is_spelled() -> None:
    entry = {"acted": True, "at": "2026-11-24T05:00:00.000Z", "form": 3, "what": "responded"}
    assert entry_spelled(entry) == entry_hashed(entry) == entry


def test_the_public_history_says_each_act_in_the_one_word_and_the_reason_is_prose(
    desk: Desk, client: TestClient
) -> None:
    report = desk.open()
    answer = CaseResponded(time=NOW, subject=report, agency="dpu", text="Besok", acted=False)
    desk.publish(disposed(report), answer, closed(report))
    steps = client.get(f"/v1/reports/{report}").json()["history"]
    assert [step["what"] for step in steps] == ["verified", "disposed", "responded", "closed"]
    assert [(step["acted"], step["closure"]) for step in steps[2:]] == [(False, None), (None, "done")]
    assert steps[3]["reason"] is None
    assert {step["at"] for step in steps} == {"2026-11-24T05:00:00.000Z"}
    facts = [change["fact"] for change in client.get("/v1/changes").json()["changes"]]
    assert [(fact["what"], fact["acted"], fact["closure"]) for fact in facts[2:]] == [
        ("responded", False, None),
        ("closed", None, "done"),
    ]


def test_a_history_that_an_earlier_version_stored_is_answered_in_the_words_of_today(
    desk: Desk, client: TestClient
) -> None:
    report = desk.open()
    at = "2026-11-24T05:00:00Z"
    stored = [
        {"at": at, "what": "answered", "agency": "dpu", "text": "Besok", "reason": None},
        {"at": at, "what": "closed", "agency": "dpu", "text": None, "reason": "done"},
    ]
    with transaction(desk.engine) as session:
        session.execute(update(FACE).where(FACE.c.id == str(report)).values(history=orjson.dumps(stored)))
    first, last = client.get(f"/v1/reports/{report}").json()["history"]
    assert (first["what"], first["acted"], first["at"]) == ("responded", False, "2026-11-24T05:00:00.000Z")
    assert (last["closure"], last["reason"]) == ("done", None)
    assert step_spelled(first) == first


def test_the_api_lists_every_word_of_a_history(client: TestClient) -> None:
    step = client.get("/openapi.json").json()["components"]["schemas"]["Step"]["properties"]
    assert set(step["what"]["anyOf"][0]["enum"]) == {*PUBLIC_WHAT, "released", "lost"}
    assert set(reports.STATUSES) - {"in_progress"} <= set(PUBLIC_WHAT)
