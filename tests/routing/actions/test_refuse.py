"""The act refuse."""

from datetime import timedelta
from typing import Any

from kit.db import transaction
from tests.routing.conftest import NOW, ROAD, Routing
from tests.routing.reading import events_of

BY = ("agency",)
BODY: dict[str, Any] = {"reason": "bukan kewenangan kami, hub 0811000000"}
TRANSFER: dict[str, Any] = {"agency": "dinkes", "reason": "bukan jalan kabupaten"}


def refused(routing: Routing, **more: Any) -> str:
    """A report that dpu gave to dinkes, which refused it."""
    report = routing.report(ROAD, **more)
    assert routing.do("dpu", report, "transfer", **TRANSFER).status_code == 200
    assert routing.do("dinkes", report, "refuse", **BODY).status_code == 200
    return report


def test_a_refused_report_is_no_agencys_and_an_official_is_told_and_decides(routing: Routing) -> None:
    report = refused(routing)
    view = routing.ask("official", f"/{report}").json()
    assert (view["status"], view["agency"]) == ("verified", None)
    assert [each["id"] for each in routing.ask("official", status="verified").json()["reports"]] == [report]
    fact = routing.facts(report)[-1]
    assert (fact["type"], fact["agency"], fact["reason"]) == (
        "case.refused.v1",
        "dinkes",
        "bukan kewenangan kami, hub [telepon]",
    )
    assert events_of(routing, "official") == [("report.refused", None, "verified")]
    assert events_of(routing, "dpu")[-1] == events_of(routing, "dinkes")[-1] == ("report.refused", None, "verified")
    disposed = routing.do("official", report, "dispose", agency="kec-dander", reason="jalan desa")
    assert (disposed.json()["status"], disposed.json()["agency"]) == ("disposed", "kec-dander")


def test_what_no_agency_has_is_not_forgotten(routing: Routing) -> None:
    report, with_an_agency = refused(routing), routing.report(ROAD)
    given = routing.do("dpu", with_an_agency, "transfer", **TRANSFER).json()
    # Three working days for the desk, where an agency has five.
    assert routing.ask("official", f"/{report}").json()["due_at"] < given["due_at"]
    with transaction(routing.engine) as session:
        routing.handlers.ring_clocks(session, NOW + timedelta(days=3660))
    view = routing.ask("official", f"/{report}").json()
    assert (view["status"], view["agency"], view["history"][-1]["what"]) == ("verified", None, "escalated")
    assert (routing.facts(report)[-1]["type"], routing.facts(report)[-1]["agency"]) == ("case.escalated.v1", None)
    assert events_of(routing, "official")[-1] == ("report.escalated", None, "verified")


def test_what_an_official_gave_is_not_given_back(routing: Routing) -> None:
    report = refused(routing)
    routing.do("official", report, "dispose", agency="dinkes", reason="puskesmas di jalan itu")
    answer = routing.do("dinkes", report, "refuse", **BODY)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-now")
    assert "an official gave" in answer.json()["detail"]


def test_who_refused_goes_on_reading_and_does_no_more(routing: Routing) -> None:
    report = refused(routing)
    assert routing.ask("dinkes", f"/{report}").json()["history"][-1]["reason"] == BODY["reason"]
    for who in ("dpu", "dinkes"):
        answer = routing.do(who, report, "acknowledge")
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-now")
    assert routing.ask("kec-dander", f"/{report}").status_code == 404


def test_of_a_confidential_report_no_words_are_told(routing: Routing) -> None:
    report = refused(routing, confidential=True)
    assert routing.facts(report)[-1]["reason"] == "dikembalikan oleh instansi"
