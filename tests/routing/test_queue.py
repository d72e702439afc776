"""The queue: its filters, orders, counts and pages, and the errors of a query that it cannot take."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, update

from contracts.events import Channel
from kit.db import transaction
from services.routing.tables import CASE
from tests.routing.conftest import NOW, ROAD, UNSURE, Routing, received

HEALTH = "Puskesmas tutup terus, bpjs ditolak"
DAY = timedelta(days=1)


def ids(routing: Routing, who: str, **query: Any) -> list[str]:
    answer = routing.ask(who, **query)
    assert answer.status_code == 200, answer.text
    return [report["id"] for report in answer.json()["reports"]]


def set_due(routing: Routing, report: str, due_at: datetime) -> None:
    with transaction(routing.engine) as session:
        session.execute(update(CASE).where(CASE.c.id == report).values(due_at=due_at))


def at_clock(routing: Routing, monkeypatch: pytest.MonkeyPatch, now: datetime = NOW) -> None:
    monkeypatch.setattr("services.routing.routes.clock.now", lambda: now)


def test_several_statuses_are_asked_for_in_either_way(routing: Routing) -> None:
    disposed, taken, closed = (routing.report(ROAD) for _ in range(3))
    routing.do("dpu", taken, "acknowledge")
    routing.do("dpu", closed, "close", closure="done")
    for query in ({"status": ["disposed", "in_progress"]}, {"status": "disposed,in_progress"}, {"status": "open"}):
        assert set(ids(routing, "dpu", **query)) == {disposed, taken}
    assert set(ids(routing, "dpu", status="open,closed")) == {disposed, taken, closed}


def test_what_is_overdue_or_due_before_a_time(routing: Routing, monkeypatch: pytest.MonkeyPatch) -> None:
    late, soon, answered = (routing.report(ROAD) for _ in range(3))
    set_due(routing, late, NOW - DAY)
    set_due(routing, soon, NOW + timedelta(hours=1))
    set_due(routing, answered, NOW - DAY)
    routing.do("dpu", answered, "respond", text="Sudah ditambal", acted=True)
    at_clock(routing, monkeypatch)
    assert ids(routing, "dpu", overdue="true") == [late]
    assert set(ids(routing, "dpu", overdue="false")) == {soon, answered}
    assert set(ids(routing, "dpu", due_before="2026-11-25")) == {late, soon}
    assert ids(routing, "dpu", due_before="2026-11-24T05:00:00Z") == [late]


def test_a_queue_by_deadline_begins_with_what_is_due_next_and_pages_to_its_end(routing: Routing) -> None:
    routing.take(*(received(f"{ROAD} nomor {n}", NOW - n * DAY) for n in range(9)))
    everything = ids(routing, "dpu")
    for number, report in enumerate(everything):
        set_due(routing, report, NOW + (number * 7 % 5) * DAY)
    for report in everything[:3]:
        routing.do("dpu", report, "respond", text="Sudah ditambal", acted=True)
    seen: list[dict[str, Any]] = []
    url: str | None = "/agency/v1/reports?sort=due&limit=2"
    while url:
        page = routing.client.get(url, headers=routing.key("dpu")).json()
        seen, url = seen + page["reports"], page["next"]
    assert sorted(report["id"] for report in seen) == sorted(everything)
    due = [report["due_at"] for report in seen]
    assert due[:6] == sorted(due[:6])
    assert due[6:] == [None] * 3
    assert [report["id"] for report in seen[6:]] == everything[:3]


@pytest.mark.parametrize("sort", ["received", "-received", "updated", "-updated"])
@pytest.mark.parametrize("few", [0, 2000])
def test_each_order_pages_to_its_end(routing: Routing, sort: str, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.routing.queue.FEW", few)
    routing.take(*(received(f"{ROAD} nomor {n}", NOW - n * DAY) for n in range(5)))
    seen: list[dict[str, Any]] = []
    url: str | None = f"/agency/v1/reports?status=open&status=closed&status=held&sort={sort}&limit=2&channel=sms"
    while url:
        page = routing.client.get(url, headers=routing.key("dpu")).json()
        seen, url = seen + page["reports"], page["next"]
    assert len({report["id"] for report in seen}) == len(seen) == 5
    times = [report[sort.removeprefix("-") + "_at"] for report in seen]
    assert times == sorted(times, reverse=sort.startswith("-"))


def test_a_kecamatan_has_the_reports_of_its_desa(routing: Routing) -> None:
    desa = routing.report("Jalan rusak di desa Sumberarum Dander")
    kecamatan = routing.report("Jalan rusak di kecamatan Dander")
    routing.report("Jalan rusak", place="35.22.11")
    places = {report["id"]: report["place"]["code"] for report in routing.ask("official").json()["reports"]}
    assert places[desa] != places[kecamatan] == "35.22.14"
    assert set(ids(routing, "official", place="35.22.14")) == {desa, kecamatan}
    assert ids(routing, "official", place=places[desa]) == [desa]


def test_category_channel_and_dates_narrow_a_queue(routing: Routing) -> None:
    road = routing.report(ROAD, at=NOW - 2 * DAY)
    health = routing.report(HEALTH, at=NOW, channel=Channel.radio)
    assert ids(routing, "official", category="kesehatan") == [health]
    assert set(ids(routing, "official", category="kesehatan,jalan-rusak")) == {road, health}
    assert ids(routing, "official", channel="radio,web") == [health]
    assert ids(routing, "official", received_to="2026-11-23T00:00:00Z") == [road]
    assert ids(routing, "official", received_from="2026-11-24") == [health]
    assert ids(routing, "official", category="kesehatan", channel="sms") == []


def test_a_date_without_an_offset_is_meant_in_the_regions_time(routing: Routing) -> None:
    report = routing.report(ROAD, at=datetime(2026, 11, 23, 17, 30, tzinfo=UTC))  # half past midnight in Java
    assert ids(routing, "dpu", received_from="2026-11-24") == [report]
    assert ids(routing, "dpu", received_from="2026-11-24T00:00:00Z") == []


def test_what_changed_since_a_time(routing: Routing) -> None:
    before = routing.report(ROAD)
    routing.now = NOW + DAY
    after = routing.report(ROAD)
    assert ids(routing, "dpu", updated_from="2026-11-25T05:00:00.000Z") == [after]
    assert ids(routing, "dpu", updated_from="2026-11-24T05:00:00.000Z", sort="updated") == [before, after]


def test_an_agency_finds_what_it_gave_away(routing: Routing) -> None:
    mine, given, theirs = routing.report(ROAD), routing.report(ROAD), routing.report(HEALTH)
    routing.do("dpu", given, "transfer", agency="dinkes", reason="bukan jalan kami")
    routing.do("dinkes", theirs, "transfer", agency="dpu", reason="bukan puskesmas")
    assert ids(routing, "dpu", transferred_by_me="true") == [given]
    assert set(ids(routing, "dpu")) == set(ids(routing, "dpu", transferred_by_me="false")) == {mine, theirs}
    routing.do("official", given, "dispose", agency="dpu", reason="jalan kota")
    assert ids(routing, "dpu", transferred_by_me="true") == []


def test_what_an_agency_gave_back_is_due_for_the_officials(routing: Routing, monkeypatch: pytest.MonkeyPatch) -> None:
    given_back, waiting = routing.report(ROAD), routing.report(ROAD)
    routing.do("dpu", given_back, "refuse", reason="bukan jalan kabupaten")
    set_due(routing, given_back, NOW - DAY)
    set_due(routing, waiting, NOW + DAY)
    at_clock(routing, monkeypatch)
    assert ids(routing, "official", sort="due") == [given_back, waiting]
    assert ids(routing, "official", overdue="true", status="verified") == [given_back]
    counts = routing.ask("official", "/counts").json()
    assert (counts["by_status"]["verified"], counts["overdue"]) == (1, 1)
    assert ids(routing, "dpu") == [waiting]


def test_counts_are_of_open_reports(routing: Routing, monkeypatch: pytest.MonkeyPatch) -> None:
    late, today, answered, closed = (routing.report(ROAD) for _ in range(4))
    held, other = routing.report(UNSURE), routing.report(HEALTH)
    for report, due_at in (
        (late, NOW - DAY),
        (today, NOW + timedelta(hours=11)),
        (held, NOW + DAY),
        (other, NOW + DAY),
    ):
        set_due(routing, report, due_at)
    routing.do("dpu", answered, "respond", text="Sudah ditambal", acted=True)
    routing.do("dpu", closed, "close", closure="done")
    at_clock(routing, monkeypatch)
    assert routing.ask("dpu", "/counts").json() == {
        "open": 3,
        "by_status": {"held": 0, "verified": 0, "disposed": 2, "in_progress": 0, "responded": 1, "reopened": 0},
        "overdue": 1,
        "due_today": 1,
    }
    everything = routing.ask("official", "/counts").json()
    assert (everything["open"], everything["by_status"]["held"]) == (5, 1)
    assert routing.ask("official", "/counts", category="kesehatan").json()["open"] == 1
    assert routing.ask("official", "/counts", reference="TKT-1").json()["open"] == 0
    assert routing.ask("dpu", "/counts", status="held").status_code == 422
    assert routing.ask("anonymous", "/counts").status_code == 401


@pytest.mark.parametrize(
    ("query", "pointer", "allowed"),
    [
        ("colour=red", "/query/colour", "held_because"),
        ("limit=1&limit=2", "/query/limit", "more than once"),
        ("overdue=true&overdue=false", "/query/overdue", "more than once"),
        ("status=disposed,lost", "/query/status/1", "'in_progress'"),
        ("held_because=rude", "/query/held_because/0", "'sensitive'"),
        ("channel=fax", "/query/channel/0", "'radio'"),
        ("sort=colour", "/query/sort", "'due'"),
        ("overdue=perhaps", "/query/overdue", "true or false"),
        ("due_before=tomorrow", "/query/due_before", "ISO 8601"),
        ("received_from=1492-01-01", "/query/received_from", "1900"),
        ("category=colour", "/query/category", "jalan-rusak"),
        ("place=35.22.99", "/query/place", "35.22.14"),
        ("transferred_by_me=true", "/query/transferred_by_me", "agency"),
        ("reference=%00", "/query/reference/0", ""),
    ],
)
def test_an_error_names_the_parameter_and_what_is_allowed(
    routing: Routing, query: str, pointer: str, allowed: str
) -> None:
    answer = routing.client.get(f"/agency/v1/reports?{query}", headers=routing.key("official"))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    [error] = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert allowed in error["detail"]


def test_a_cursor_keeps_the_filters_of_its_list(routing: Routing) -> None:
    routing.take(*(received(ROAD, NOW - n * DAY) for n in range(3)), received(HEALTH))
    following = routing.ask("official", limit="1", category="jalan-rusak", status="open,closed", overdue="false").json()
    assert "category=jalan-rusak" in following["next"]
    assert "status=open&status=closed" in following["next"]
    assert "overdue=false" in following["next"]
    assert routing.client.get(following["next"], headers=routing.key("official")).status_code == 200


INDEXED = {"sort": "due"}, {"sort": "updated", "updated_from": "2026-11-01"}, {"status": "open"}


@pytest.mark.parametrize("who", ["dpu", "official"])
@pytest.mark.parametrize("query", INDEXED, ids=str)
def test_no_page_looks_through_all_reports(routing: Routing, who: str, query: dict[str, str]) -> None:
    if routing.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what its tables hold, and these hold little")
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if 'FROM "case"' in statement:
            driver = connection.connection.driver_connection
            plans.extend(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        assert routing.ask(who, **query).status_code == 200
        assert routing.ask(who, "/counts").status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", explain)
    assert any("case_due" in plan or "case_updated" in plan for plan in plans)
    assert not [plan for plan in plans if plan.startswith("SCAN case") and "INDEX" not in plan]
