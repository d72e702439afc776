"""Transfers have an end: who gives a report away goes on reading it, and no report is passed on for ever."""

from itertools import pairwise

from sqlalchemy import select

from kit.db import snapshot
from services.routing import transfers
from services.routing.tables import CASE
from tests.routing.conftest import ROAD, Routing
from tests.routing.reading import events_of

AGENCIES = ("dpu", "dinkes", "kec-dander", "kec-kedungadem")


def give(routing: Routing, report: str, giver: str, to: str) -> int:
    status: int = routing.do(giver, report, "transfer", agency=to, reason="bukan kami").status_code
    return status


def test_who_gave_it_away_reads_it_and_is_told_how_it_went(routing: Routing) -> None:
    report = routing.report(ROAD)
    give(routing, report, "dpu", "dinkes")
    routing.do("dinkes", report, "acknowledge")
    routing.do("dinkes", report, "respond", text="Sudah", acted=True)
    routing.do("dinkes", report, "close", closure="done")
    assert routing.ask("dpu", f"/{report}").json()["agency"] == "dinkes"
    assert events_of(routing, "dpu") == [
        ("report.disposed", "dpu", "disposed"),
        ("report.transferred", "dinkes", "disposed"),
        ("report.acknowledged", "dinkes", "in_progress"),
        ("report.closed", "dinkes", "closed"),
    ]
    assert [each["id"] for each in routing.ask("dpu").json()["reports"]] == []
    with snapshot(routing.engine) as session:
        mine = select(CASE.c.id).where(CASE.c.id.in_(transfers.given_away_by("dpu")))
        assert session.scalars(mine).all() == [report]


def test_who_gave_it_away_acts_on_it_no_more(routing: Routing) -> None:
    report = routing.report(ROAD)
    give(routing, report, "dpu", "dinkes")
    for act, body in (("acknowledge", {}), ("close", {"closure": "done"}), ("reopen", {"reason": "belum"})):
        answer = routing.do("dpu", report, act, **body)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-now")
        assert "gave the report away" in answer.json()["detail"]


def test_what_an_official_takes_away_is_read_no_more(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("official", report, "dispose", agency="dinkes", reason="puskesmas")
    assert routing.ask("dpu", f"/{report}").status_code == 404


def test_a_report_does_not_go_back_to_who_gave_it_away(routing: Routing) -> None:
    report = routing.report(ROAD)
    assert give(routing, report, "dpu", "dinkes") == 200
    assert give(routing, report, "dinkes", "dpu") == 409
    assert give(routing, report, "dinkes", "kec-dander") == 200
    assert give(routing, report, "kec-dander", "dpu") == 409
    assert routing.do("official", report, "dispose", agency="dpu", reason="jalan kabupaten").status_code == 200


def test_after_some_transfers_an_official_decides(routing: Routing) -> None:
    report = routing.report(ROAD)
    for giver, to in pairwise(AGENCIES):
        assert give(routing, report, giver, to) == 200
    refused = routing.do(AGENCIES[-1], report, "transfer", agency="dinkominfo", reason="bukan kami")
    assert refused.status_code == 409
    assert "3 times" in refused.json()["detail"]
    routing.do("official", report, "dispose", agency=AGENCIES[-1], reason="sudah diperiksa")
    assert give(routing, report, AGENCIES[-1], "dinkominfo") == 200


def test_a_transfer_is_told_from_a_disposition(routing: Routing) -> None:
    report = routing.report(ROAD)
    give(routing, report, "dpu", "dinkes")
    routing.do("official", report, "dispose", agency="dpu", reason="jalan")
    assert [fact.get("transferred_by") for fact in routing.facts(report)[1:]] == [None, "dpu", None]
