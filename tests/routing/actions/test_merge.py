"""The act merge."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.events import ReportFeedback, ReportHidden, ReportWithdrawn
from kit.db import transaction
from services.routing import feed
from tests.routing.conftest import NOW, ROAD, UNSURE, Routing, about

BY = ("official",)
BODY: dict[str, Any] = {"into": "0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10", "reason": "lubang yang sama"}


def further(routing: Routing) -> dict[str, Any]:
    return {"into": routing.report(ROAD)}


def told(routing: Routing, report: str) -> list[dict[str, Any]]:
    return [fact for fact in routing.facts(report) if fact["type"] == "case.told.v1"]


def test_a_public_report_ends_as_the_duplicate_of_its_main_one(routing: Routing) -> None:
    main, report = routing.report(ROAD), routing.report(ROAD)
    view = routing.do("official", report, "merge", into=main, reason="sama, hub 0811000000").json()
    assert (view["status"], view["closure"], view["duplicate_of"]) == ("closed", "duplicate", main)
    assert view["due_at"] is None
    merged, stands = routing.facts(report)[-2:]
    assert (merged["type"], merged["duplicate_of"], merged["agency"]) == ("case.merged.v1", main, "dpu")
    assert (merged["reason"], merged["received_at"]) == ("sama, hub [telepon]", None)
    assert (stands["what"], stands["agency"], stands["due_at"] is not None) == ("disposed", "dpu", True)
    seen = routing.ask("dpu", f"/{main}").json()
    assert (seen["merged_count"], seen["merged"], seen["history"][-1]["what"]) == (1, [report], "recounted")
    assert routing.types(main) == ["case.opened", "case.disposed"]


def test_every_reporter_is_told_what_happens_to_the_main_report(routing: Routing) -> None:
    main, one, two = (routing.report(ROAD) for _ in range(3))
    for report in (one, two):
        routing.do("official", report, "merge", into=main)
    routing.do("dpu", main, "acknowledge")
    routing.do("dpu", main, "respond", text="Ditambal besok, hub 0811000000", acted=True)
    routing.do("dpu", main, "correct", answer=1, text="Ditambal lusa", privacy=True)
    routing.do("dpu", main, "close", closure="done", text="Sudah")
    for report in (one, two):
        facts = told(routing, report)
        assert [fact["what"] for fact in facts] == ["disposed", "acknowledged", "responded", "corrected", "closed"]
        answer, correction, closing = facts[2:]
        assert (answer["text"], answer["acted"]) == ("Ditambal besok, hub [telepon]", True)
        assert (correction["text"], correction["privacy"]) == ("Ditambal lusa", True)
        assert (closing["closure"], closing["text"]) == ("done", "Sudah")


@pytest.mark.parametrize("how", ["hide", "silence", "reopen"])
def test_also_what_no_answer_is(routing: Routing, how: str) -> None:
    main, report = routing.report(ROAD), routing.report(ROAD)
    routing.do("official", report, "merge", into=main)
    if how == "hide":
        routing.do("official", main, "hide", reason="menyebut nama")
        assert (told(routing, report)[-1]["what"], told(routing, report)[-1]["privacy"]) == ("hidden", True)
        return
    routing.do("dpu", main, "respond", text="Sudah", acted=True)
    with transaction(routing.engine) as session:
        routing.handlers.ring_clocks(session, NOW + timedelta(days=3660))
    assert told(routing, report)[-1]["closure"] == "silence"
    routing.do("official", main, "reopen", reason="belum")
    assert told(routing, report)[-1]["what"] == "reopened"


def test_into_an_answered_or_closed_report_its_reporter_hears_the_answer_at_once(routing: Routing) -> None:
    main, report = routing.report(ROAD), routing.report(ROAD)
    routing.do("dpu", main, "respond", text="Ditambal tadi pagi", acted=True)
    routing.do("dpu", main, "close", closure="done")
    routing.do("official", report, "merge", into=main)
    [fact] = told(routing, report)
    assert (fact["what"], fact["closure"], fact["text"]) == ("closed", "done", "Ditambal tadi pagi")


def test_nothing_of_a_held_report_becomes_public_and_its_reporter_is_told(routing: Routing) -> None:
    main, held = routing.report(ROAD), routing.report(UNSURE)
    view = routing.do("official", held, "merge", into=main, reason="rumah Siti juga").json()
    assert (view["status"], view["closure"], view["held_because"]) == ("rejected", "duplicate", [])
    routing.do("dpu", main, "respond", text="Ditambal besok", acted=True)
    merged, *others = routing.facts(held)
    assert (merged["duplicate_of"], merged["agency"], merged["received_at"] is not None) == (None, None, True)
    assert merged["reason"] == "digabung dengan laporan lain tentang hal yang sama"
    assert [(fact["what"], fact["agency"], fact["text"]) for fact in others] == [
        ("disposed", None, None),
        ("responded", None, None),
    ]
    assert main not in str(routing.facts(held))
    assert routing.ask("dpu", f"/{held}").json()["text"] == UNSURE
    assert routing.ask("dinkes", f"/{held}").status_code == 404


def test_a_confidential_report_is_not_linked_to_what_tells_of_it(routing: Routing) -> None:
    main, secret = routing.report(ROAD), routing.report(ROAD, confidential=True)
    answer = routing.do("official", main, "merge", into=secret)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-now")
    assert "withheld" in answer.json()["detail"]
    routing.do("official", secret, "merge", into=main, reason="rumah Siti")
    routing.do("dpu", main, "respond", text="Ditambal", acted=True)
    facts = routing.facts(secret)[2:]
    assert [fact.get("duplicate_of") for fact in facts] == [None] * 3
    assert not {"Ditambal", "rumah Siti", main} & {value for fact in facts for value in map(str, fact.values())}


def test_chains_are_refused_and_so_is_what_is_not_public(routing: Routing) -> None:
    main, merged, other, held = (routing.report(each) for each in (ROAD, ROAD, ROAD, UNSURE))
    gone = routing.report(ROAD)
    routing.take(about(gone, ReportWithdrawn))
    routing.do("official", merged, "merge", into=main)
    refused = {
        "was itself merged": (other, merged),
        "the other way": (main, other),
        "into itself": (other, other),
        "is held": (other, held),
        "taken back": (other, gone),
    }
    for why, (report, into) in refused.items():
        answer = routing.do("official", report, "merge", into=into)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-now"), why
        assert why in answer.json()["detail"]
    unknown = routing.do("official", other, "merge", into=str(uuid4()))
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/unknown-name")
    assert routing.do("official", other, "merge", into="lubang").status_code == 422
    assert routing.ask("official", f"/{other}").json()["status"] == "disposed"


def test_the_same_merge_twice_is_done_once_and_another_ones_is_done_already(routing: Routing) -> None:
    main, report, other = (routing.report(ROAD) for _ in range(3))
    first = routing.do("official", report, "merge", into=main, reason="sama")
    assert routing.do("official", report, "merge", into=main, reason="sama").json() == first.json()
    assert routing.do("official", report, "merge", into=main).json()["type"] == "/problems/done-already"
    assert routing.do("official", report, "merge", into=other).json()["type"] == "/problems/not-now"
    assert routing.ask("official", f"/{main}").json()["merged_count"] == 1


def test_a_closed_main_report_is_reopened_by_whoever_is_not_satisfied(routing: Routing) -> None:
    main, report = routing.report(ROAD), routing.report(ROAD)
    routing.do("official", report, "merge", into=main)
    routing.do("dpu", main, "close", closure="done")
    routing.take(about(report, ReportFeedback, satisfied=False, text="masih berlubang"))
    assert routing.ask("official", f"/{main}").json()["status"] == "reopened"
    assert routing.ask("official", f"/{report}").json()["status"] == "closed"
    assert told(routing, report)[-1]["what"] == "reopened"
    reopening = routing.do("official", report, "reopen", reason="belum")
    assert "split" in reopening.json()["detail"]


def test_a_main_report_goes_on_for_the_others_when_its_reporter_takes_it_back(routing: Routing) -> None:
    main, report = routing.report(ROAD), routing.report(ROAD)
    routing.do("official", report, "merge", into=main)
    routing.take(about(main, ReportWithdrawn))
    view = routing.ask("official", f"/{main}").json()
    assert (view["status"], view["history"][-1]["what"]) == ("disposed", "withdrawn")
    routing.take(about(report, ReportHidden))
    assert routing.ask("official", f"/{report}").json()["hidden"]


def test_the_main_reports_agency_is_told_and_goes_on_being_told(routing: Routing) -> None:
    main, report = routing.report(ROAD), routing.report(ROAD)
    routing.do("dpu", main, "transfer", agency="dinkes", reason="puskesmas")
    routing.do("official", report, "merge", into=main)
    routing.take(about(report, ReportFeedback, satisfied=True))
    with transaction(routing.engine) as session:
        feed.put_in_order(session, NOW)
        events = [(row.type, row.report) for row in feed.after(session, "dinkes", 0, 100)][-2:]
    assert events == [("report.recounted", main), ("report.satisfied", report)]
