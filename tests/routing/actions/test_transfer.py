"""The act transfer."""

from typing import Any

import pytest

from tests.routing.conftest import ROAD, Routing

BY = ("agency",)
BODY: dict[str, Any] = {"agency": "dinkes", "reason": "bukan jalan kabupaten"}


def test_a_transferred_report_leaves_one_queue_and_enters_another(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "acknowledge")
    assert routing.do("dpu", report, "transfer", **BODY).json()["agency"] == "dinkes"
    assert routing.ask("dpu", f"/{report}").status_code == 200
    assert routing.ask("dinkes", f"/{report}").json()["status"] == "disposed"
    disposed = routing.facts(report)[-1]
    assert (disposed["agency"], disposed["reason"]) == ("dinkes", "bukan jalan kabupaten")


@pytest.mark.parametrize(("agency", "status"), [("dinas-antah", 422), ("dinlama", 422), ("dpu", 409), ("a b", 422)])
def test_a_report_goes_to_no_agency_that_is_not(routing: Routing, agency: str, status: int) -> None:
    report = routing.report(ROAD)
    assert routing.do("dpu", report, "transfer", agency=agency, reason="salah alamat").status_code == status
    assert len(routing.facts(report)) == 2
