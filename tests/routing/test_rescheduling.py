"""A calendar that changed moves the deadlines of open reports, each by a fact of its own."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from contracts.events import Elsewhere, ReportFeedback
from contracts.region import Region
from kit.db import snapshot, transaction
from services.routing.handlers import Handlers
from services.routing.preview import OtherAgency, preview
from services.routing.rescheduling import LIMIT, Rescheduling
from services.routing.rules import Rules
from services.routing.tables import CASE
from tests.routing.conftest import NOW, ROAD, UNSURE, Routing, about, received

HOLIDAY = date(2026, 11, 30)
DUE, LATER = datetime(2026, 12, 1, 16, 59, 59, tzinfo=UTC), datetime(2026, 12, 2, 16, 59, 59, tzinfo=UTC)


def with_days(region: Region, *added: date) -> Rules:
    rules = region.holidays.model_copy(update={"added": {**region.holidays.added, **dict.fromkeys(added, "Pemilu")}})
    return Rules(region.model_copy(update={"holidays": rules}))


def start(routing: Routing, rules: Rules, now: datetime = NOW + timedelta(hours=1), looks: int = 3) -> None:
    """What the worker does at its start with these rules."""
    tick = Rescheduling(rules)
    for _ in range(looks):
        with transaction(routing.engine) as session:
            tick.reschedule(session, now)


def due(routing: Routing, report: str) -> Any:
    return routing.ask("official", f"/{report}").json()["due_at"]


def test_a_holiday_that_is_added_moves_the_deadline_by_a_fact(routing: Routing, region: Region) -> None:
    report = routing.report(ROAD)
    start(routing, with_days(region, HOLIDAY))
    *_, disposed, moved = routing.facts(report)
    assert (disposed["type"], disposed["due_at"]) == ("case.disposed.v1", "2026-12-01T16:59:59Z")
    assert moved == {
        "type": "case.rescheduled.v1",
        "agency": "dpu",
        "due_at": "2026-12-02T16:59:59Z",
        "reason": "kalender hari kerja berubah",
    }
    assert due(routing, report) == "2026-12-02T16:59:59.000Z"
    history = routing.ask("dpu", f"/{report}").json()["history"]
    assert (history[-1]["what"], history[-1]["by"]) == ("rescheduled", "machine")


def test_the_clock_rings_by_the_new_deadline(routing: Routing, region: Region) -> None:
    report = routing.report(ROAD)
    start(routing, with_days(region, HOLIDAY))
    for at, last in (
        (DUE + timedelta(seconds=1), "case.rescheduled"),
        (LATER + timedelta(seconds=1), "case.escalated"),
    ):
        with transaction(routing.engine) as session:
            routing.handlers.ring_clocks(session, at)
        assert routing.types(report)[-1] == last


def test_a_deadline_is_moved_once_and_back(routing: Routing, region: Region, rules: Rules) -> None:
    report = routing.report(ROAD)
    for _ in range(2):
        start(routing, with_days(region, HOLIDAY))
    assert routing.types(report).count("case.rescheduled") == 1
    start(routing, rules)
    assert due(routing, report) == "2026-12-01T16:59:59.000Z"
    assert routing.types(report).count("case.rescheduled") == 2


def test_the_deadline_of_a_report_that_was_reopened_or_taken_up_moves_too(routing: Routing, region: Region) -> None:
    reopened, taken_up = routing.report(ROAD), routing.report(ROAD)
    assert routing.do("dpu", taken_up, "acknowledge").status_code == 200
    assert routing.do("dpu", reopened, "close", closure="done").status_code == 200
    routing.take(about(reopened, ReportFeedback, satisfied=False))
    before = datetime.fromisoformat(due(routing, reopened))  # counted from its closing, which is dated today
    start(routing, with_days(region, HOLIDAY, before.astimezone(region.zone).date()))
    assert routing.facts(taken_up)[-1]["due_at"] == "2026-12-02T16:59:59Z"
    assert datetime.fromisoformat(routing.facts(reopened)[-1]["due_at"]) > before


def test_a_holiday_after_the_deadline_moves_nothing(routing: Routing, region: Region) -> None:
    report = routing.report(ROAD)
    start(routing, with_days(region, date(2026, 12, 2)))
    assert "case.rescheduled" not in routing.types(report)


def test_a_deadline_to_verify_moves_without_a_word_in_public(routing: Routing, region: Region) -> None:
    report = routing.report(UNSURE)
    before = due(routing, report)
    start(routing, with_days(region, date(2026, 11, 26)))
    assert due(routing, report) > before
    assert routing.facts(report) == []


@pytest.mark.parametrize("move", ["respond", "close"])
def test_the_deadline_of_a_report_that_was_answered_stays(routing: Routing, region: Region, move: str) -> None:
    report = routing.report(ROAD)
    body = {"text": "Sudah", "acted": True} if move == "respond" else {"closure": "done"}
    assert routing.do("dpu", report, move, **body).status_code == 200
    start(routing, with_days(region, HOLIDAY))
    assert due(routing, report) is None
    assert "case.rescheduled" not in routing.types(report)


def test_a_deadline_that_was_missed_stays_missed(routing: Routing, region: Region) -> None:
    report = routing.report(ROAD)
    start(routing, with_days(region, HOLIDAY), now=DUE + timedelta(minutes=1))
    assert due(routing, report) == "2026-12-01T16:59:59.000Z"


def test_a_holiday_taken_away_makes_no_deadline_missed(routing: Routing, region: Region, rules: Rules) -> None:
    report = routing.report(ROAD)
    start(routing, with_days(region, HOLIDAY))
    start(routing, rules, now=DUE + timedelta(minutes=1))
    assert due(routing, report) == "2026-12-02T16:59:59.000Z"


@pytest.mark.parametrize("column", ["due_at", "clock_from"])
def test_a_deadline_that_did_not_come_from_the_calendar_stays(routing: Routing, region: Region, column: str) -> None:
    report = routing.report(ROAD)
    set_to = {"due_at": LATER + timedelta(days=7), "clock_from": None}[column]
    with transaction(routing.engine) as session:
        session.execute(update(CASE).where(CASE.c.id == report).values({column: set_to}))
    before = due(routing, report)
    start(routing, with_days(region, HOLIDAY))
    assert due(routing, report) == before


def test_an_imported_report_that_was_closed_stays(routing: Routing, region: Region) -> None:
    elsewhere = Elsewhere(agency="dpu", closed_at=NOW)
    report = routing.report(ROAD, official=True, elsewhere=elsewhere)
    start(routing, with_days(region, HOLIDAY))
    assert routing.types(report)[-1] == "case.closed"


def test_every_report_is_looked_at_a_bounded_number_at_a_time(
    routing: Routing, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LIMIT == 500
    monkeypatch.setattr("services.routing.rescheduling.LIMIT", 2)
    reports = [routing.report(ROAD) for _ in range(5)]
    start(routing, with_days(region, HOLIDAY), looks=1)
    assert sum(routing.types(each)[-1] == "case.rescheduled" for each in reports) == 2
    start(routing, with_days(region, HOLIDAY), looks=8)
    assert [routing.types(each).count("case.rescheduled") for each in reports] == [1] * 5


def test_a_category_that_ended_is_left_to_a_person(routing: Routing, region: Region) -> None:
    ended = region.categories["jalan-rusak"].model_copy(update={"valid_to": date(2026, 11, 23)})
    rules = Rules(region.model_copy(update={"categories": {**region.categories, "jalan-rusak": ended}}))
    new, old = received(ROAD), received(ROAD, at=NOW - timedelta(days=2))
    with transaction(routing.engine) as session:
        Handlers(rules, lambda: NOW)(session, [new, old])
    assert routing.types(str(new.subject)) == []
    assert routing.ask("official", f"/{new.subject}").json()["category"] == "lainnya"
    assert routing.facts(str(old.subject))[0]["category"] == "jalan-rusak"


def test_a_preview_counts_what_would_change_and_changes_nothing(routing: Routing, region: Region) -> None:
    reports = [routing.report(ROAD), routing.report("Puskesmas Dander tutup terus, rumah sakit jauh")]
    rules = with_days(region, HOLIDAY)
    roads = rules.region.categories["jalan-rusak"].model_copy(update={"agency": "dinkes"})
    ended = rules.region.agencies["dinkes"].model_copy(update={"valid_to": date(2026, 11, 1)})
    changed = rules.region.model_copy(
        update={
            "categories": {**rules.region.categories, "jalan-rusak": roads},
            "agencies": {**rules.region.agencies, "dinkes": ended},
        }
    )
    with snapshot(routing.engine) as session:
        found = preview(session, Rules(changed), NOW)
    assert found.ended == {"dinkes": 1}
    assert found.other == [OtherAgency("jalan-rusak", "dpu", "dinkominfo", 1)]
    assert found.moved == {(date(2026, 12, 1), date(2026, 12, 2)): 1}
    assert all("case.rescheduled" not in routing.types(each) for each in reports)
