"""The handlers of the events of `reports`, on both databases."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import select

from contracts.events import Closure, Elsewhere, ReportAmended, ReportFeedback, ReportWithdrawn
from kit.caller import Caller
from kit.db import snapshot, transaction
from services.routing.actions.verify import Verify, verify
from services.routing.cases import UnknownReport
from services.routing.desk import Desk
from services.routing.handlers import Handlers
from services.routing.rules import Rules
from services.routing.tables import ACTION, CASE, DISPOSITION, Action, Case, Disposition
from tests.routing.conftest import NOW, Routing, about, received

ROAD = "Jalan rusak di desa Sumberarum Dander"


def ring(routing: Routing, at: datetime) -> None:
    with transaction(routing.engine) as session:
        routing.handlers.ring_clocks(session, at)


def shown(routing: Routing, report: str) -> dict[str, Any]:
    answer = routing.ask("official", f"/{report}")
    assert answer.status_code == 200
    return dict(answer.json())


def test_a_clear_report_is_opened_and_disposed_at_once(routing: Routing) -> None:
    report = routing.report(ROAD)
    opened, disposed = routing.facts(report)
    assert opened["type"] == "case.opened.v1"
    assert opened["category"] == "jalan-rusak"
    assert opened["kind"] == "complaint"
    assert opened["place"] == {"code": "35.22.14.2002", "name": "Sumberarum", "kecamatan": "Dander"}
    assert opened["verified_by"] == "machine"
    assert opened["received_at"] == "2026-11-24T05:00:00Z"
    assert disposed["agency"] == "dpu"
    assert disposed["reason"].startswith("kategori jalan-rusak di Kecamatan Dander: ")
    assert disposed["due_at"] == "2026-12-01T16:59:59Z"


def test_a_place_the_sender_named_beats_one_in_the_text(routing: Routing) -> None:
    by_name = routing.facts(routing.report("Jalan rusak dekat Kedungadem sana", place="Sumberarum"))[0]
    by_code = routing.facts(routing.report("Jalan rusak dekat Kedungadem sana", place="35.22.14.2001"))[0]
    assert by_name["place"]["code"] == "35.22.14.2002"
    assert by_code["place"]["code"] == "35.22.14.2001"


def test_an_ambiguous_place_stays_unknown(routing: Routing) -> None:
    assert routing.facts(routing.report("Jalan rusak di desa Sukorejo"))[0]["place"] is None


def test_what_becomes_public_is_redacted_and_the_agency_reads_it_whole(routing: Routing) -> None:
    report = routing.report(f"{ROAD}, hub 0811000000", address="rumah Bu Tini 0811000001")
    opened = routing.facts(report)[0]
    assert opened["text"] == f"{ROAD}, hub [telepon]"
    assert opened["address"] is None, "what somebody typed may be where they live"
    assert opened["redacted"] is True
    assert shown(routing, report)["text"] == f"{ROAD}, hub 0811000000"


@pytest.mark.parametrize("text", ["", "tes", "tes tes tes", "😀 😀 😀", "123 456 789", "\0", "مرحبا", "a" * 4001])
def test_empty_talk_is_held(routing: Routing, text: str) -> None:
    report = routing.report(text)
    assert routing.facts() == []
    assert shown(routing, report)["status"] == "held"


def test_what_no_word_tells_is_held_until_an_official_looks(routing: Routing) -> None:
    report = routing.report("Mohon bantuan untuk warga kami")
    assert routing.facts() == []
    assert shown(routing, report)["held_reason"] == "unsure of the agency"
    assert routing.do("official", report, "verify", category="kesehatan").status_code == 200
    [opened] = routing.facts(report)
    assert (opened["category"], opened["verified_by"], opened["agency"]) == ("kesehatan", "official", "dinkes")


def test_what_repeats_a_report_of_the_same_reporter_is_held_as_a_duplicate(routing: Routing) -> None:
    first = routing.report(ROAD)
    second = routing.report(ROAD, repeats=first)
    assert [fact["status"] for fact in (shown(routing, first), shown(routing, second))] == ["disposed", "held"]
    assert shown(routing, second)["held_reason"] == "duplicate"
    assert shown(routing, second)["held_because"] == ["duplicate"]
    assert routing.facts(second) == []
    assert routing.do("official", second, "verify").is_success
    assert shown(routing, second)["status"] == "disposed"


def test_what_an_official_has_read_is_no_duplicate(routing: Routing) -> None:
    second = routing.report(ROAD, repeats=routing.report(ROAD), official=True, reviewed=True)
    assert shown(routing, second)["status"] == "disposed"


def test_a_sensitive_report_is_held_and_stays_withheld_when_verified(routing: Routing) -> None:
    report = routing.report("Ada pungli di kantor desa Sumberarum Dander", lat=-7.2, long=111.8, address="Balai desa")
    assert routing.facts() == []
    assert routing.do("official", report, "verify").json()["confidential"] is True
    [opened] = routing.facts(report)
    assert [opened[name] for name in ("text", "place", "lat", "long", "address")] == [None] * 5
    assert opened["agency"] == "inspektorat"
    assert "Dander" not in str(routing.facts())


def test_a_sensitive_word_counts_whatever_category_was_ticked(routing: Routing) -> None:
    report = routing.report("Minta suap untuk perbaikan jalan rusak", category="jalan-rusak")
    assert routing.facts() == []
    assert shown(routing, report)["confidential"] is True


def test_only_an_official_who_read_it_decides_that_something_sensitive_is_public(routing: Routing) -> None:
    text = "Ada pungli di kantor desa Sumberarum"
    resident, unread, read = (
        received(text, confidential=False, official=official, reviewed=reviewed)
        for official, reviewed in ((False, None), (True, False), (True, True))
    )
    routing.take(resident, unread, read)
    assert routing.facts(str(resident.subject)) == routing.facts(str(unread.subject)) == []
    assert routing.facts(str(read.subject))[0]["text"] == text


def test_a_confidential_report_is_counted_without_its_words(routing: Routing) -> None:
    report = routing.report(ROAD, confidential=True, lat=-7.2, long=111.8)
    opened, disposed = routing.facts(report)
    assert opened["confidential"] is True
    assert [opened[name] for name in ("text", "place", "lat", "long", "address")] == [None] * 5
    assert "Dander" not in disposed["reason"]
    routing.do("dpu", report, "respond", text="Sudah kami tutup di Sumberarum", acted=True)
    routing.do("dpu", report, "close", closure="done", text="Selesai di Sumberarum")
    assert "Sumberarum" not in str(routing.facts())


def test_the_government_of_a_place_is_not_named_for_a_confidential_report(routing: Routing) -> None:
    report = routing.report("Petugas kantor kecamatan Dander tidak melayani", confidential=True)
    routing.do("kec-dander", report, "acknowledge")
    routing.do("kec-dander", report, "respond", text="Sudah ditegur", acted=True)
    assert shown(routing, report)["agency"] == "kec-dander"
    assert len(routing.facts(report)) == 4
    assert "dander" not in str(routing.facts(report))


def test_history_from_elsewhere_ends_closed_on_its_date(routing: Routing) -> None:
    then = datetime(2015, 3, 2, tzinfo=UTC)
    closed = Elsewhere(agency="dinkes", closed_at=then + timedelta(days=9), closure=Closure.done)
    event = received("Pothole", at=then, official=True, reviewed=True, category="jalan-rusak", elsewhere=closed)
    routing.take(event)
    opened, disposed, ended = routing.facts(str(event.subject))
    assert opened["received_at"] == "2015-03-02T00:00:00Z"
    assert opened["verified_by"] == "official"
    assert disposed["agency"] == "dinkes"
    assert disposed["due_at"] == "2015-03-09T16:59:59Z"
    assert (ended["type"], ended["closure"], ended["agency"]) == ("case.closed.v1", "done", "dinkes")
    assert shown(routing, str(event.subject))["closed_at"] == "2015-03-11T00:00:00.000Z"
    ring(routing, NOW)
    assert len(routing.facts(str(event.subject))) == 3


def test_an_agency_from_elsewhere_that_is_unknown_here_decides_nothing(routing: Routing) -> None:
    report = routing.report(ROAD, official=True, elsewhere=Elsewhere(agency="dinas-antah"))
    assert routing.facts(report)[1]["agency"] == "dpu"


def test_added_words_reach_the_agency_and_redacted_the_public(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.take(about(report, ReportAmended, text="Dekat balai desa, hub 0811000000"))
    (fact,) = routing.facts(report)[2:]
    assert (fact["type"], fact["text"]) == ("case.amended.v1", "Dekat balai desa, hub [telepon]")
    assert shown(routing, report)["text"].endswith("\n\nDekat balai desa, hub 0811000000")


def test_a_report_and_its_later_words_may_come_in_one_batch(routing: Routing) -> None:
    event = received("Mohon bantuan untuk warga kami")
    later = about(str(event.subject), ReportAmended, text="di Sumberarum")
    other = received(ROAD)
    routing.take(event, other, later, about(str(event.subject), ReportWithdrawn))
    assert routing.types(str(event.subject)) == ["case.rejected"]
    assert routing.types(str(other.subject)) == ["case.opened", "case.disposed"]


def test_words_to_an_unknown_report_fail_so_that_they_are_parked(routing: Routing) -> None:
    with pytest.raises(UnknownReport):
        routing.take(about(str(uuid4()), ReportAmended, text="dan lagi"))


def test_a_report_taken_back_is_closed_or_if_never_public_rejected(routing: Routing) -> None:
    public, held = routing.report(ROAD), routing.report("Mohon bantuan untuk warga kami")
    routing.take(about(public, ReportWithdrawn), about(held, ReportWithdrawn), about(public, ReportWithdrawn))
    assert routing.types(public) == ["case.opened", "case.disposed", "case.closed"]
    assert routing.facts(public)[-1]["closure"] == "withdrawn"
    assert [(fact["type"], fact["reason"]) for fact in routing.facts(held)] == [
        ("case.rejected.v1", "ditarik oleh pelapor")
    ]
    assert [action["what"] for action in shown(routing, public)["history"]].count("withdrawn") == 2


def test_not_satisfied_reopens_with_a_new_deadline(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "close", closure="done")
    routing.now = NOW + timedelta(days=14)
    routing.take(about(report, ReportFeedback, satisfied=False, text="belum diperbaiki"))
    reopened = routing.facts(report)[-1]
    assert (reopened["type"], reopened["agency"]) == ("case.reopened.v1", "dpu")
    assert reopened["due_at"] == "2026-12-15T16:59:59Z"
    view = shown(routing, report)
    assert [(each["what"], each["text"]) for each in view["history"]][-3:] == [
        ("unsatisfied", None),
        ("amended", "belum diperbaiki"),
        ("reopened", None),
    ]
    assert view["closed_at"] is None
    assert routing.do("dpu", report, "acknowledge").json()["status"] == "in_progress"


def test_satisfied_changes_nothing_and_is_kept(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "close", closure="done")
    routing.take(about(report, ReportFeedback, satisfied=True))
    view = shown(routing, report)
    assert view["status"] == "closed"
    assert view["history"][-1]["what"] == "satisfied"


def test_silence_after_a_response_closes_once(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "respond", text="Akan dijadwalkan", acted=False)
    ring(routing, NOW + timedelta(days=1))
    assert routing.types(report)[-1] == "case.responded"
    later = datetime.now(UTC) + timedelta(days=60)
    ring(routing, later)
    ring(routing, later)
    assert routing.types(report).count("case.closed") == 1
    assert routing.facts(report)[-1]["closure"] == "silence"


def test_a_word_from_the_reporter_ends_the_silence(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "respond", text="Akan dijadwalkan", acted=False)
    routing.now = datetime.now(UTC) + timedelta(days=365)
    routing.take(about(report, ReportAmended, text="kapan dijadwalkan?"))
    ring(routing, routing.now + timedelta(days=1))
    assert shown(routing, report)["status"] == "responded"


def test_an_agency_that_is_late_is_escalated_once(routing: Routing) -> None:
    report = routing.report(ROAD)
    ring(routing, NOW + timedelta(days=5))
    assert "case.escalated" not in routing.types(report)
    for days in (8, 9):
        ring(routing, NOW + timedelta(days=days))
    assert routing.types(report).count("case.escalated") == 1
    assert shown(routing, report)["escalated_at"] == "2026-12-02T05:00:00.000Z"
    assert shown(routing, report)["status"] == "disposed"


def test_a_late_verification_is_seen_by_officials_and_by_nobody_else(routing: Routing) -> None:
    report = routing.report("Mohon bantuan untuk warga kami")
    ring(routing, NOW + timedelta(days=9))
    assert routing.facts() == []
    assert shown(routing, report)["escalated_at"] is not None


def test_every_disposal_is_kept_with_who_and_why(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "transfer", agency="dinkes", reason="bukan jalan kabupaten")
    with snapshot(routing.engine) as session:
        rows = session.execute(select(DISPOSITION).order_by(DISPOSITION.c.number)).all()
    assert [(row.agency, row.by) for row in rows] == [("dpu", "machine"), ("dinkes", "dpu")]
    assert rows[1].reason == "bukan jalan kabupaten"


def test_an_agency_that_is_no_more_is_given_nothing_and_the_coordinator_reads_why(routing: Routing) -> None:
    agencies = dict(routing.rules.region.agencies)
    agencies["dpu"] = agencies["dpu"].model_copy(update={"valid_to": date(2026, 11, 24)})
    rules = Rules(routing.rules.region.model_copy(update={"agencies": agencies}))
    routing.handlers = Handlers(rules, lambda: routing.now)
    last_minute, midnight = datetime(2026, 11, 24, 16, 59, tzinfo=UTC), datetime(2026, 11, 24, 17, 0, tzinfo=UTC)

    routing.now = last_minute
    assert routing.facts(routing.report(ROAD))[1]["agency"] == "dpu"
    routing.now = midnight
    disposed = routing.facts(routing.report(ROAD))[1]

    assert disposed["agency"] == "dinkominfo"
    assert disposed["reason"] == (
        "kategori jalan-rusak di Kecamatan Dander: instansi untuk kategori ini, "
        "tetapi dpu tidak ada pada hari ini, diteruskan ke koordinator"
    )
    held = routing.report("Mohon bantuan untuk warga kami")
    with transaction(routing.engine) as session:
        desk = Desk(session, rules, Caller("official"), midnight)
        verify(desk, desk.case(held), Verify(category="jalan-rusak"))
    assert routing.facts(held)[0]["agency"] == "dinkominfo"


def test_five_hundred_in_one_batch_are_each_written_once(routing: Routing) -> None:
    routing.take(*(received(f"{ROAD} nomor {n}") for n in range(500)))
    with snapshot(routing.engine) as session:
        assert len(session.execute(select(CASE.c.id)).all()) == 500
        assert len(session.execute(select(ACTION.c.number)).all()) == 1000
    assert len(routing.facts()) == 1000


def test_strange_text_is_kept_and_published_safely(routing: Routing) -> None:
    for text in (
        "\0jalan rusak\0 parah sekali",
        "jalan rusak \u202eabc parah",
        "=HYPERLINK('x') jalan rusak; DROP TABLE",
    ):
        assert "\0" not in routing.facts(routing.report(text))[0]["text"]
    assert orjson.dumps(routing.facts())


def test_a_case_has_the_columns_of_its_row() -> None:
    assert [field.name for field in fields(Case)] == [column.name for column in CASE.columns]
    assert Disposition._fields == tuple(column.name for column in DISPOSITION.columns if column.name != "number")
    assert Action._fields == tuple(column.name for column in ACTION.columns if column.name != "number")
