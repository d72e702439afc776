"""The act respond."""

from typing import Any

from contracts.events import ReportAmended
from tests.routing.conftest import ROAD, Routing, about

BY = ("agency",)
BODY: dict[str, Any] = {"text": "Sudah ditambal", "acted": True}


def test_what_was_said_before_something_else_happened_may_be_said_again(routing: Routing) -> None:
    report, words = routing.report(ROAD), {"text": "Akan dijadwalkan", "acted": False}
    assert routing.do("dpu", report, "respond", **words).status_code == 200
    routing.take(about(report, ReportAmended, text="sampai sekarang belum ada yang datang"))
    assert routing.do("dpu", report, "respond", **words).status_code == 200


def test_a_nul_in_an_answer_is_dropped(routing: Routing) -> None:
    report = routing.report(ROAD)
    assert routing.do("dpu", report, "respond", text="Sudah\0 ditambal", acted=True).status_code == 200
    assert routing.facts(report)[-1]["text"] == "Sudah ditambal"


def test_an_answer_of_which_nothing_can_be_seen_is_refused_and_no_format_character_is_kept(routing: Routing) -> None:
    report = routing.report(ROAD)
    for unseen in ("\u200b\ufeff", "\u2800", "\U000e0041"):
        assert routing.do("dpu", report, "respond", text=unseen, acted=True).status_code == 422
    assert routing.do("dpu", report, "respond", text="\ufeffSudah\u200b ditambal\u202c", acted=True).status_code == 200
    assert routing.facts(report)[-1]["text"] == "Sudah ditambal"


def test_no_public_word_of_an_agency_or_an_official_has_a_code(routing: Routing) -> None:
    report = routing.report(ROAD)
    words = "Laporan K7M2P9QA dan k7m2-p9qa kami kerjakan di SDN 2 tahun 2026"
    masked = "Laporan [kode laporan] dan [kode laporan] kami kerjakan di SDN 2 tahun 2026"
    routing.do("dpu", report, "respond", text=words, acted=True)
    routing.do("official", report, "hide", reason="sama dengan K7M2P9QA")
    responded, hidden = routing.facts(report)[2:]
    assert responded["text"] == masked
    assert hidden["reason"] == "sama dengan [kode laporan]"
