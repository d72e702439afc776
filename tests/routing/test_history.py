"""Reports brought from elsewhere: held as a resident's are, with the clocks of then, and taken back when undone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from contracts.events import Channel, Closure, Elsewhere, ReportUndone, ResponseElsewhere
from kit.db import snapshot, transaction
from services.routing.feed_tables import AGENCY_EVENT
from services.routing.handlers import Handlers
from services.routing.tables import CASE
from tests.routing.conftest import NOW, ROAD, UNSURE, Routing, about, received
from tests.routing.test_handlers import ring, shown

THEN = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
"""A Monday."""
BRIBE = "Ada pungli di kantor desa Sumberarum"
ANSWERED = ResponseElsewhere(text="Sudah ditambal, hub 0811000000", at=THEN + timedelta(days=2), acted=True)
ENDED = Elsewhere(agency="dpu", response=ANSWERED, closed_at=THEN + timedelta(days=4), closure=Closure.done)


def bring(routing: Routing, text: str = ROAD, **more: Any) -> str:
    """A row of an import: its time is of then."""
    values = {"at": THEN, "channel": Channel.web, "official": True, "reviewed": False, "elsewhere": Elsewhere(), **more}
    return routing.report(text, **values)


def times(routing: Routing, report: str) -> list[tuple[str, datetime]]:
    """The public events of a report, and the time of each."""
    from kit.outbox import OUTBOX

    with snapshot(routing.engine) as session:
        rows = session.execute(select(OUTBOX).where(OUTBOX.c.subject == report).order_by(OUTBOX.c.number)).all()
    return [(row.type.split(".")[1], row.time) for row in rows]


def agency_events(routing: Routing, report: str) -> list[str]:
    with snapshot(routing.engine) as session:
        query = select(AGENCY_EVENT.c.type).where(AGENCY_EVENT.c.report == report).order_by(AGENCY_EVENT.c.number)
        return list(session.scalars(query))


@pytest.mark.parametrize(
    ("text", "more", "because"),
    [
        (BRIBE, {}, ["sensitive", "policy"]),
        (BRIBE, {"confidential": False}, ["sensitive", "policy"]),
        (BRIBE, {"category": "jalan-rusak", "confidential": False}, ["sensitive"]),
        (BRIBE, {"category": "jalan-rusak", "unsure": True}, ["sensitive", "unsure"]),
        (ROAD, {"category": "pungli"}, ["sensitive", "policy"]),
        (ROAD, {"category": "jalan-rusak", "unsure": True}, ["unsure"]),
        (ROAD, {"category": "lainnya"}, ["policy"]),
        (UNSURE, {}, ["unsure"]),
        ("tes", {}, ["spam", "unsure"]),
        (BRIBE, {"reviewed": None}, ["sensitive", "policy"]),
    ],
)
def test_what_the_desk_would_hold_is_held_in_an_import_with_every_reason(
    routing: Routing, text: str, more: dict[str, Any], because: list[str]
) -> None:
    report = bring(routing, text, **more)
    assert routing.facts(report) == []
    assert shown(routing, report)["held_because"] == because


@pytest.mark.parametrize("text", [BRIBE, UNSURE, "tes"])
def test_what_a_person_has_read_is_not_held(routing: Routing, text: str) -> None:
    report = bring(routing, text, reviewed=True)
    assert routing.facts(report)[0]["verified_by"] == "official"
    assert shown(routing, report)["held_because"] == []


def test_a_machine_that_opens_a_row_says_that_it_did(routing: Routing) -> None:
    assert routing.facts(bring(routing))[0]["verified_by"] == "machine"


def test_the_queue_is_filtered_by_reason_over_all_its_pages_and_versions(routing: Routing) -> None:
    both, earlier = bring(routing, "tes"), routing.report("tes")
    routing.report(BRIBE)
    with transaction(routing.engine) as session:  # as a version wrote it that kept one reason
        change = {"held_because": None, "held_reason": "unsure of the category"}
        session.execute(update(CASE).where(CASE.c.id == earlier).values(**change))
    first = routing.ask("official", held_because="unsure", limit=1).json()
    second = routing.client.get(first["next"], headers=routing.key("official")).json()
    assert [page["reports"][0]["id"] for page in (first, second)] == [earlier, both]
    assert first["reports"][0]["held_because"] == ["unsure"]
    assert second["next"] is None
    assert routing.ask("official", held_because="boring").status_code == 422


def test_history_is_told_with_the_times_of_then(routing: Routing) -> None:
    report = bring(routing, elsewhere=ENDED)
    assert times(routing, report) == [
        ("opened", THEN),
        ("disposed", THEN),
        ("responded", ANSWERED.at),
        ("closed", THEN + timedelta(days=4)),
    ]
    opened, disposed, responded, _ = routing.facts(report)
    assert opened["recorded_at"] == "2026-11-24T05:00:00Z"
    assert disposed["due_at"] == "2025-03-10T16:59:59Z"
    assert (responded["agency"], responded["text"], responded["acted"]) == (
        "dpu",
        "Sudah ditambal, hub [telepon]",
        True,
    )
    case = shown(routing, report)
    assert case["received_at"] == case["verified_at"] == "2025-03-03T02:00:00.000Z"
    assert [entry["at"] for entry in case["history"]] == sorted(entry["at"] for entry in case["history"])
    assert agency_events(routing, report) == []


@pytest.mark.parametrize("reviewed", [True, False])
def test_times_that_the_source_tells_are_taken(routing: Routing, reviewed: bool) -> None:
    told = ENDED.model_copy(update={"verified_at": THEN + timedelta(days=1), "due_at": THEN + timedelta(days=3)})
    report = bring(routing, elsewhere=told, reviewed=reviewed)
    assert shown(routing, report)["verified_at"] == "2025-03-04T02:00:00.000Z"
    assert routing.facts(report)[1]["due_at"] == "2025-03-06T02:00:00Z"
    assert shown(routing, report)["due_at"] is None  # it has ended


def test_a_report_is_never_verified_after_it_was_answered_or_closed(routing: Routing) -> None:
    told = ENDED.model_copy(update={"verified_at": NOW})
    assert shown(routing, bring(routing, elsewhere=told))["verified_at"] == "2025-03-05T02:00:00.000Z"


@pytest.mark.parametrize("elsewhere", [Elsewhere(), Elsewhere(response=ANSWERED)])
def test_an_import_escalates_and_closes_nothing_by_itself(routing: Routing, elsewhere: Elsewhere) -> None:
    report, held = bring(routing, elsewhere=elsewhere), bring(routing, BRIBE, elsewhere=elsewhere)
    before = routing.types(report)
    ring(routing, NOW + timedelta(days=365))
    assert routing.types(report) == before
    assert shown(routing, report)["due_at"] == (None if elsewhere.response else "2025-03-10T16:59:59.000Z")
    assert [shown(routing, each)["escalated_at"] for each in (report, held)] == [None, None]


def test_once_an_agency_answers_the_clocks_run_as_ever(routing: Routing) -> None:
    report = bring(routing)
    assert agency_events(routing, report) == ["report.disposed"]
    routing.do("dpu", report, "respond", text="Besok kami tambal", acted=False)
    ring(routing, datetime.now(UTC) + timedelta(days=60))
    assert routing.types(report)[-2:] == ["case.responded", "case.closed"]


def test_a_deadline_that_is_still_to_come_rings(routing: Routing) -> None:
    report = bring(routing, elsewhere=Elsewhere(due_at=NOW + timedelta(days=1)))
    ring(routing, NOW + timedelta(days=2))
    assert routing.types(report)[-1] == "case.escalated"


def test_a_held_row_keeps_its_history_until_an_official_opens_it(routing: Routing) -> None:
    report = bring(routing, BRIBE, elsewhere=ENDED, confidential=False)
    assert agency_events(routing, report) == []
    assert routing.do("official", report, "verify", confidential=False, category="jalan-rusak").status_code == 200
    assert times(routing, report) == [
        ("opened", THEN),
        ("disposed", THEN),
        ("responded", ANSWERED.at),
        ("closed", THEN + timedelta(days=4)),
    ]
    case = shown(routing, report)
    assert (case["status"], case["closed_at"], case["closure"]) == ("closed", "2025-03-07T02:00:00.000Z", "done")
    assert (case["agency"], case["verified_at"]) == ("dpu", "2025-03-03T02:00:00.000Z")
    assert routing.facts(report)[0]["verified_by"] == "official"
    assert routing.do("official", report, "verify").status_code == 409
    ring(routing, NOW + timedelta(days=365))
    assert len(routing.facts(report)) == 4


def test_a_held_row_that_was_still_open_is_verified_when_an_official_opens_it(routing: Routing) -> None:
    report = bring(routing, BRIBE)
    case = routing.do("official", report, "verify").json()
    assert case["verified_at"] > "2026"
    assert (case["status"], case["agency"], case["due_at"]) == ("disposed", "inspektorat", "2025-03-05T16:59:59.000Z")
    assert agency_events(routing, report) == ["report.held", "report.verified", "report.disposed"]


def test_what_an_undone_import_brought_is_hidden_or_rejected_once(routing: Routing) -> None:
    public, closed, held, hidden, rejected = (
        bring(routing),
        bring(routing, elsewhere=ENDED),
        bring(routing, BRIBE),
        bring(routing),
        bring(routing, BRIBE),
    )
    routing.do("official", hidden, "hide", reason="memuat nama orang")
    routing.do("official", rejected, "reject", reason="bukan laporan")
    every = (public, closed, held, hidden, rejected)
    for _ in range(2):
        routing.take(*(about(report, ReportUndone, number=7) for report in every))
    ends = [[fact for fact in routing.facts(report) if fact["type"] in ENDS] for report in every]
    assert [[fact["type"] for fact in end] for end in ends] == [[ENDS[0]], [ENDS[0]], [ENDS[1]], [ENDS[0]], [ENDS[1]]]
    assert ends[0][0]["reason"] == "impor nomor 7 yang membawanya dibatalkan"
    assert shown(routing, public)["history"][-1]["by"] == "official"
    ring(routing, NOW + timedelta(days=365))
    assert routing.types(public)[-1] == "case.hidden"


ENDS = ("case.hidden.v1", "case.rejected.v1")


def test_an_import_and_its_undoing_may_come_in_one_batch(routing: Routing) -> None:
    event = received(ROAD, at=THEN, official=True, elsewhere=Elsewhere())
    routing.take(event, about(str(event.subject), ReportUndone, number=1))
    assert routing.types(str(event.subject))[-1] == "case.hidden"


def test_a_report_that_an_official_enters_today_has_a_clock(routing: Routing) -> None:
    report = routing.report(ROAD, official=True, reviewed=True)
    with transaction(routing.engine) as session:
        Handlers(routing.rules).ring_clocks(session, NOW + timedelta(days=30))
    assert routing.types(report)[-1] == "case.escalated"
