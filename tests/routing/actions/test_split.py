"""The act split."""

from datetime import datetime
from typing import Any

from tests.routing.conftest import ROAD, UNSURE, Routing

BY = ("official",)
BODY: dict[str, Any] = {"reason": "lubang lain"}


def prepare(routing: Routing, report: str) -> None:
    routing.do("official", report, "merge", into=routing.report(ROAD))


def test_a_public_report_is_open_again_at_its_agency_with_a_new_deadline(routing: Routing) -> None:
    main, report = routing.report(ROAD), routing.report(ROAD)
    routing.do("official", report, "merge", into=main)
    view = routing.do("official", report, "split", reason="lubang lain, hub 0811000000").json()
    assert (view["status"], view["agency"], view["closure"], view["duplicate_of"]) == ("reopened", "dpu", None, None)
    fact = routing.facts(report)[-1]
    assert (fact["type"], fact["agency"], fact["reason"]) == ("case.split.v1", "dpu", "lubang lain, hub [telepon]")
    assert fact["due_at"] is not None
    routing.do("dpu", main, "respond", text="Ditambal", acted=True)
    assert routing.types(report)[-1] == "case.split"
    seen = routing.ask("official", f"/{main}").json()
    assert (seen["merged_count"], seen["merged"]) == (0, [])
    assert routing.do("official", main, "merge", into=report).status_code == 200


def test_a_held_report_waits_for_an_official_again_for_the_same_reasons(routing: Routing) -> None:
    main, held = routing.report(ROAD), routing.report(UNSURE)
    because = routing.ask("official", f"/{held}").json()["held_because"]
    routing.do("official", held, "merge", into=main)
    view = routing.do("official", held, "split", **BODY).json()
    assert (view["status"], view["held_because"], view["closed_at"]) == ("held", because, None)
    assert because
    clock = routing.rules.verify_by(view["category"], datetime.fromisoformat(view["updated_at"]))
    assert datetime.fromisoformat(view["due_at"]) == clock["due_at"]
    fact = routing.facts(held)[-1]
    assert (fact["agency"], fact["due_at"], fact["received_at"] is not None) == (None, None, True)
    assert fact["reason"] == "dipisahkan lagi dari laporan lain"
    assert routing.do("official", held, "verify").json()["status"] == "disposed"


def test_what_was_not_merged_cannot_be_split(routing: Routing) -> None:
    closed, rejected = routing.report(ROAD), routing.report(UNSURE)
    routing.do("dpu", closed, "close", closure="duplicate")
    routing.do("official", rejected, "reject", reason="spam")
    for report in (closed, rejected):
        answer = routing.do("official", report, "split", **BODY)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-now")
        assert "split" not in answer.json()["allowed"]
