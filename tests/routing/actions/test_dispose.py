"""The act dispose."""

from typing import Any

from tests.routing.conftest import ROAD, Routing

BY = ("official",)
BODY: dict[str, Any] = {"agency": "dinkes", "reason": "salah alamat"}


def test_an_official_disposes_anew_with_another_category(routing: Routing) -> None:
    report = routing.report(ROAD)
    view = routing.do("official", report, "dispose", agency="dinkes", category="kesehatan", reason="salah baca").json()
    assert (view["agency"], view["category"]) == ("dinkes", "kesehatan")
    disposed = routing.facts(report)[-1]
    assert (disposed["type"], disposed["category"], disposed["reason"]) == (
        "case.disposed.v1",
        "kesehatan",
        "salah baca",
    )
