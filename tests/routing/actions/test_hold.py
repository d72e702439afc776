"""The act hold."""

from typing import Any

from tests.routing.conftest import UNSURE, Routing

BY = ("official",)
BODY: dict[str, Any] = {"reason": "menunggu bukti"}


def test_a_held_report_can_be_held_longer_and_nothing_is_public(routing: Routing) -> None:
    report = routing.report(UNSURE)
    assert routing.do("official", report, "hold", reason="menunggu bukti").json()["held_reason"] == "menunggu bukti"
    assert routing.do("official", report, "hold").json()["held_reason"] is None
    assert routing.facts() == []
