"""The act hide."""

from typing import Any

import pytest

from tests.routing.conftest import ROAD, UNSURE, Routing

BY = ("official",)
BODY: dict[str, Any] = {"reason": "memuat nama orang"}


def test_a_hidden_report_is_hidden_once_and_says_nothing_more(routing: Routing) -> None:
    report = routing.report(ROAD)
    assert routing.do("official", report, "hide", reason="memuat nama").json()["hidden"] is True
    assert routing.do("official", report, "hide", reason="lagi").status_code == 409
    routing.do("dpu", report, "respond", text="Sudah ditambal di Sumberarum", acted=True)
    hidden, responded = routing.facts(report)[2:]
    assert (hidden["type"], responded["text"]) == ("case.hidden.v1", None)


@pytest.mark.parametrize(
    ("confidential", "public"), [(True, "disembunyikan oleh admin"), (False, "menyebut Kirana, hp [telepon]")]
)
def test_why_a_report_was_hidden_is_told_unless_it_is_confidential(
    routing: Routing, confidential: bool, public: str
) -> None:
    report, reason = routing.report(ROAD, confidential=confidential), "menyebut Kirana, hp 0811000000"
    view = routing.do("official", report, "hide", reason=reason, reviewed=True).json()
    assert view["history"][-1]["reason"] == reason
    assert routing.facts(report)[-1]["reason"] == public


def test_a_held_report_has_nothing_to_hide(routing: Routing) -> None:
    assert routing.do("official", routing.report(UNSURE), "hide", reason="memuat nama").status_code == 409
    assert routing.facts() == []
