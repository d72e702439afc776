"""The act reject."""

from typing import Any

from tests.routing.conftest import UNSURE, Routing

BY = ("official",)
BODY: dict[str, Any] = {"reason": "bukan laporan"}


def test_a_rejected_report_is_counted_and_its_reason_stays_with_officials(routing: Routing) -> None:
    report = routing.report(UNSURE)
    view = routing.do("official", report, "reject", reason="bukan laporan, hanya menyebut Kirana").json()
    assert (view["status"], view["history"][-1]["reason"]) == ("rejected", "bukan laporan, hanya menyebut Kirana")
    rejected = routing.facts(report)
    assert [(fact["type"], fact["reason"]) for fact in rejected] == [("case.rejected.v1", "ditolak oleh admin")]
