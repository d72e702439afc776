"""The act close."""

from datetime import timedelta
from typing import Any

from kit.db import transaction
from tests.routing.conftest import NOW, ROAD, Routing

BY = ("agency",)
BODY: dict[str, Any] = {"closure": "done"}


def test_a_closed_report_has_its_closure_and_its_clock_is_stopped(routing: Routing) -> None:
    report = routing.report(ROAD)
    view = routing.do("dpu", report, "close", closure="explained", text="Menunggu anggaran, info 0811000000").json()
    assert (view["status"], view["closure"]) == ("closed", "explained")
    closed = routing.facts(report)[-1]
    assert (closed["type"], closed["closure"]) == ("case.closed.v1", "explained")
    assert closed["text"] == "Menunggu anggaran, info [telepon]"
    with transaction(routing.engine) as session:
        routing.handlers.ring_clocks(session, NOW + timedelta(days=60))
    assert routing.types(report)[-1] == "case.closed"
