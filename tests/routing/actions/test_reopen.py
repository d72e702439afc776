"""The act reopen."""

from datetime import timedelta
from typing import Any

from contracts.events import ReportWithdrawn
from kit.db import transaction
from tests.routing.conftest import NOW, ROAD, Routing, about

BY = ("agency", "official")
BODY: dict[str, Any] = {"reason": "salah tutup"}
BEFORE = (("close", {"closure": "done"}),)


def test_many_wrong_closes_are_mended_by_a_loop(routing: Routing) -> None:
    reports = [routing.report(ROAD) for _ in range(5)]
    for report in reports:
        routing.do("dpu", report, "acknowledge")
        routing.do("dpu", report, "close", closure="done")
    for report in reports:
        view = routing.do("dpu", report, "reopen", reason="salah tutup, hub 0811000000").json()
        assert (view["status"], view["agency"], view["closure"], view["closed_at"]) == ("reopened", "dpu", None, None)
        assert view["due_at"] is not None
        fact = routing.facts(report)[-1]
        assert (fact["type"], fact["by"], fact["reason"]) == (
            "case.reopened.v1",
            "agency",
            "salah tutup, hub [telepon]",
        )


def test_its_clock_starts_again(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "close", closure="done")
    due_at = routing.do("dpu", report, "reopen", **BODY).json()["due_at"]
    with transaction(routing.engine) as session:
        routing.handlers.ring_clocks(session, NOW + timedelta(days=3660))
    view = routing.ask("dpu", f"/{report}").json()
    assert (view["due_at"], view["history"][-1]["what"]) == (due_at, "escalated")


def test_what_the_reporter_or_silence_ended_only_an_official_opens_again(routing: Routing) -> None:
    withdrawn, silent = routing.report(ROAD), routing.report(ROAD)
    routing.take(about(withdrawn, ReportWithdrawn))
    routing.do("dpu", silent, "respond", text="Sudah ditambal", acted=True)
    with transaction(routing.engine) as session:
        routing.handlers.ring_clocks(session, NOW + timedelta(days=3660))
    for report in (withdrawn, silent):
        answer = routing.do("dpu", report, "reopen", **BODY)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-now")
        assert "an official" in answer.json()["detail"]
        assert routing.do("official", report, "reopen", **BODY).json()["status"] == "reopened"
        assert routing.facts(report)[-1]["by"] == "official"


def test_who_did_not_close_it_does_not_reopen_it(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "transfer", agency="dinkes", reason="puskesmas")
    routing.do("dinkes", report, "close", closure="done")
    assert routing.do("dpu", report, "reopen", **BODY).status_code == 409
    assert routing.do("kec-dander", report, "reopen", **BODY).status_code == 404
    assert routing.do("dinkes", report, "reopen", **BODY).status_code == 200


def test_of_a_confidential_report_no_words_are_told(routing: Routing) -> None:
    report = routing.report(ROAD, confidential=True)
    routing.do("dpu", report, "close", closure="done")
    routing.do("dpu", report, "reopen", reason="rumah Siti belum")
    assert routing.facts(report)[-1]["reason"] == "dibuka kembali oleh petugas"
