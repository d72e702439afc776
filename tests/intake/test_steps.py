"""The steps that a reporter reads: each act by its word, and no words that a correction for privacy took away."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from contracts.events import CaseClosed, CaseCorrected, CaseRefused, CaseReopened, CaseResponded, Closure, Event
from tests.intake.test_following import ANSWERED, AT, DISPOSED, OPENED, SUBJECT, filed, happen, read, say

TRANSFERRED = DISPOSED.model_copy(update={"agency": "dinkes", "transferred_by": "dpu"})
REFUSED = CaseRefused(time=AT, subject=SUBJECT, agency="dinkes", reason="bukan kewenangan kami")
CLOSED = CaseClosed(time=AT, subject=SUBJECT, closure=Closure.done, agency="dpu", text="Selesai oleh Budi")
REOPENED = CaseReopened(time=AT, subject=SUBJECT, agency="dpu", reason="salah tutup", by="official")


def corrected(*, privacy: bool, at: datetime = AT) -> CaseCorrected:
    return CaseCorrected(
        time=at, subject=SUBJECT, answer=1, agency="dpu", by="agency", text="Ralat", privacy=privacy, reason="nama"
    )


def steps(client: TestClient, rows: Engine, *happened: Event) -> tuple[str, list[dict[str, Any]]]:
    receipt = filed(client)
    for event in happened:
        happen(rows, receipt["id"], event)
    return receipt["token"], read(client, receipt["url"]).json()["history"]


def test_each_act_has_its_own_word(client: TestClient, rows: Engine) -> None:
    _, history = steps(client, rows, OPENED, DISPOSED, TRANSFERRED, REFUSED, DISPOSED, CLOSED, REOPENED)
    assert [(step["what"], step["agency"], step["reason"]) for step in history] == [
        ("verified", None, None),
        ("disposed", "dpu", "x"),
        ("transferred", "dinkes", "x"),
        ("refused", "dinkes", "bukan kewenangan kami"),
        ("disposed", "dpu", "x"),
        ("closed", "dpu", None),
        ("reopened", "dpu", "salah tutup"),
    ]
    assert (history[5]["text"], history[5]["closure"]) == ("Selesai oleh Budi", "done")


def test_a_report_that_was_refused_is_at_no_agency(client: TestClient, rows: Engine) -> None:
    receipt = filed(client)
    happen(rows, receipt["id"], OPENED, DISPOSED, REFUSED)
    view = read(client, receipt["url"]).json()
    assert (view["status"], view["agency"], view["due_at"]) == ("verified", None, None)


def test_a_correction_stands_beside_the_answer(client: TestClient, rows: Engine) -> None:
    _, history = steps(client, rows, ANSWERED, corrected(privacy=False))
    assert [(step["what"], step["text"], step["reason"]) for step in history] == [
        ("responded", "Besok ditambal", None),
        ("corrected", "Ralat", "nama"),
    ]


@pytest.mark.parametrize("together", [True, False])
def test_a_correction_for_privacy_takes_the_answers_words_away(
    client: TestClient, rows: Engine, *, together: bool
) -> None:
    receipt, other = filed(client), filed(client, {"text": "Lampu mati"})
    say(client, receipt["token"], say="add", text="di depan SDN 2")
    happened: list[Event] = [ANSWERED, CLOSED, corrected(privacy=True)]
    happen(rows, other["id"], ANSWERED)
    for batch in [happened] if together else [[event] for event in happened]:
        happen(rows, receipt["id"], *batch)
    happen(rows, receipt["id"], ANSWERED.model_copy(update={"text": "Sudah ditambal"}))
    history = read(client, receipt["url"]).json()["history"]
    assert [step["text"] for step in history if step["by"] == "office"] == [None, None, "Ralat", "Sudah ditambal"]
    assert [step["text"] for step in history if step["by"] == "reporter"] == ["di depan SDN 2"]
    assert read(client, other["url"]).json()["history"][0]["text"] == "Besok ditambal"


def test_an_answer_tells_when_silence_closes_the_report(client: TestClient, rows: Engine) -> None:
    receipt = filed(client)
    closes_at = datetime.fromisoformat("2026-12-24T16:59:59+00:00")
    answered = CaseResponded(time=AT, subject=SUBJECT, agency="dpu", text="x", acted=True, closes_at=closes_at)
    happen(rows, receipt["id"], OPENED, DISPOSED, answered)
    assert read(client, receipt["url"]).json()["due_at"] == "2026-12-24T16:59:59.000Z"
