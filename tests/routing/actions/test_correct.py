"""The act correct."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.events import Elsewhere, ResponseElsewhere
from kit.db import transaction
from services.routing.tables import ACTION
from tests.routing.conftest import NOW, ROAD, Routing

BY = ("agency", "official")
BODY: dict[str, Any] = {"answer": 1, "text": "Ditambal tanggal 7", "privacy": False}
BEFORE = (("respond", {"text": "Ditambal tanggal 9", "acted": False}),)


def answered(routing: Routing, *texts: str, **more: Any) -> str:
    report = routing.report(ROAD, **more)
    for text in texts:
        assert routing.do("dpu", report, "respond", text=text, acted=False).status_code == 200
    return report


def shown(routing: Routing, report: str) -> list[tuple[str, int | None, str | None]]:
    """Of each answer and correction: what it is, the number of the answer, and the words."""
    history = routing.ask("official", f"/{report}").json()["history"]
    return [(each["what"], each["answer"], each["text"]) for each in history if each["answer"] is not None]


def test_an_answer_is_named_by_its_number_and_both_words_stand(routing: Routing) -> None:
    report = answered(routing, "Satu", "Dua")
    routing.do("dpu", report, "close", closure="done")
    routing.do("dpu", report, "reopen", reason="belum")
    routing.do("dpu", report, "close", closure="done", text="Tiga")
    view = routing.do("dpu", report, "correct", answer=2, text="Dua, hub 0811000000", privacy=False, reason="ralat")
    assert view.json()["status"] == "closed"
    assert shown(routing, report) == [
        ("responded", 1, "Satu"),
        ("responded", 2, "Dua"),
        ("closed", 3, "Tiga"),
        ("corrected", 2, "Dua, hub 0811000000"),
    ]
    fact = routing.facts(report)[-1]
    assert {name: fact[name] for name in ("type", "answer", "agency", "by", "text", "privacy", "reason")} == {
        "type": "case.corrected.v1",
        "answer": 2,
        "agency": "dpu",
        "by": "agency",
        "text": "Dua, hub [telepon]",
        "privacy": False,
        "reason": "ralat",
    }


def test_for_privacy_all_earlier_words_are_erased_and_no_number_moves(routing: Routing) -> None:
    report = answered(routing)
    routing.do("dpu", report, "close", closure="done", text="Rumah Siti", reviewed=True)
    routing.do("dpu", report, "reopen", reason="belum")
    routing.do("dpu", report, "respond", text="Dua", acted=True)
    routing.do("dpu", report, "correct", answer=1, text="Rumah Siti RT 3", privacy=False, reviewed=True)
    routing.do("official", report, "correct", answer=1, text="Rumah pelapor", privacy=True)
    assert shown(routing, report) == [
        ("closed", 1, None),
        ("responded", 2, "Dua"),
        ("corrected", 1, None),
        ("corrected", 1, "Rumah pelapor"),
    ]
    with transaction(routing.engine) as session:
        assert not [row for row in session.execute(ACTION.select()) if row.text is not None and "Siti" in row.text]
    assert routing.do("dpu", report, "correct", answer=2, text="Dua!", privacy=False).status_code == 200


def test_a_number_is_whole_however_it_is_written(routing: Routing) -> None:
    report = answered(routing, "Satu")
    assert routing.do("dpu", report, "correct", answer=1.0, text="Dua", privacy=False).status_code == 200
    for wrong in (0, 1.5, "1", True, None):
        assert routing.do("dpu", report, "correct", answer=wrong, text="Tiga", privacy=False).status_code == 422


@pytest.mark.parametrize("number", [2, 1_000_000])
def test_an_answer_that_is_not_there_is_told(routing: Routing, number: int) -> None:
    report = answered(routing, "Satu")
    answer = routing.do("dpu", report, "correct", answer=number, text="Dua", privacy=False)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-answer")
    assert str(number) in answer.json()["detail"]


def test_the_same_words_are_no_correction_unless_earlier_ones_are_to_be_erased(routing: Routing) -> None:
    report = answered(routing, "Satu")
    for privacy in (False, True):
        assert routing.do("dpu", report, "correct", answer=1, text="Satu", privacy=privacy).status_code == 409
    routing.do("dpu", report, "correct", answer=1, text="Dua", privacy=False)
    assert routing.do("dpu", report, "correct", answer=1, text="Dua", privacy=True).status_code == 200
    assert shown(routing, report)[0] == ("responded", 1, None)


def test_an_agency_corrects_its_own_answers_and_an_official_any(routing: Routing) -> None:
    report = answered(routing, "Satu")
    routing.do("official", report, "dispose", agency="dinkes", reason="puskesmas")
    assert routing.do("dinkes", report, "correct", **BODY).status_code == 409
    assert routing.do("dpu", report, "correct", **BODY).status_code == 404
    fact = routing.do("official", report, "correct", **BODY) and routing.facts(report)[-1]
    assert (fact["agency"], fact["by"]) == ("dpu", "official")


def test_an_answer_of_another_system_is_corrected_too(routing: Routing) -> None:
    response = ResponseElsewhere(text="Satu", at=NOW - timedelta(days=2), acted=True)
    report = routing.report(ROAD, official=True, reviewed=True, elsewhere=Elsewhere(agency="dpu", response=response))
    assert routing.do("dpu", report, "correct", **BODY).status_code == 200
    assert routing.facts(report)[-1]["answer"] == 1


def test_of_a_confidential_report_no_words_are_told(routing: Routing) -> None:
    report = answered(routing, "Satu", confidential=True)
    routing.do("dpu", report, "correct", **BODY, reason="rumah Siti")
    fact = routing.facts(report)[-1]
    assert (fact["text"], fact["reason"]) == (None, None)


def test_the_reporter_has_the_days_of_silence_again(routing: Routing) -> None:
    report = answered(routing, "Satu")
    with transaction(routing.engine) as session:
        before = session.execute(ACTION.select()).all()[-1]
        routing.handlers.ring_clocks(session, NOW)
    assert routing.do("dpu", report, "correct", **BODY).json()["status"] == "responded"
    with transaction(routing.engine) as session:
        routing.handlers.ring_clocks(session, before.at + timedelta(days=3660))
    assert routing.ask("official", f"/{report}").json()["closure"] == "silence"
