"""Events by cursor: each agency reads the changes of its reports, in an order that never changes."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from contracts.events import Channel, Closure, Elsewhere, ReportAmended, ReportFeedback, ReportWithdrawn
from contracts.facts import What
from kit.db import snapshot, transaction
from services.routing import feed
from services.routing.domain import Move
from services.routing.feed_tables import AGENCY_EVENT
from tests.routing.conftest import NOW, Routing, about, an_event

ROAD = "Jalan rusak di desa Sumberarum Dander"
UNSURE = "Mohon bantuan untuk warga kami"


def events(routing: Routing, who: str, **query: Any) -> dict[str, Any]:
    """Give all committed events their positions, and return the answer."""
    with transaction(routing.engine) as session:
        feed.put_in_order(session, NOW)
    answer = routing.client.get("/agency/v1/events", params=query, headers=routing.key(who))
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def types_and_agencies(routing: Routing, who: str) -> list[tuple[str, str | None]]:
    """Of each event its type, and the agency that has the report after it."""
    return [(event["type"], event["data"]["agency"]) for event in events(routing, who)["events"]]


def test_an_agency_is_told_all_that_happens_to_its_report(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "acknowledge")
    routing.take(about(report, ReportAmended, text="masih ada satu lagi"))
    routing.do("dpu", report, "respond", text="Sudah ditambal", acted=True)
    routing.do("dpu", report, "close", closure="done")
    routing.take(about(report, ReportFeedback, satisfied=False, text=None))
    routing.do("official", report, "hide", reason="memuat nama orang")
    listed = events(routing, "dpu")["events"]
    assert [(event["type"], event["data"]["by"], event["data"]["status"]) for event in listed] == [
        ("report.disposed", "machine", "disposed"),
        ("report.acknowledged", "dpu", "in_progress"),
        ("report.amended", "reporter", "in_progress"),
        ("report.responded", "dpu", "responded"),
        ("report.closed", "dpu", "closed"),
        ("report.unsatisfied", "reporter", "closed"),
        ("report.reopened", "reporter", "reopened"),
        ("report.hidden", "official", "reopened"),
    ]
    assert [event["cursor"] for event in listed] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert {event["data"]["url"] for event in listed} == {f"/agency/v1/reports/{report}"}
    assert len({event["id"] for event in listed}) == len(listed)
    assert routing.client.get(listed[0]["data"]["url"], headers=routing.key("dpu")).json()["id"] == report


def test_every_move_there_is_has_its_event() -> None:
    assert {str(move) for move in Move} <= feed.TYPES.keys()


def test_every_word_of_the_contract_is_said_of_some_entry() -> None:
    assert set(What) <= set(feed.PAST.values())


def test_the_clock_and_the_reporter_are_told_of_too(routing: Routing) -> None:
    late, withdrawn = routing.report(ROAD), routing.report(ROAD)
    routing.take(about(withdrawn, ReportWithdrawn))
    with transaction(routing.engine) as session:
        routing.handlers.ring_clocks(session, NOW + timedelta(days=60))
    listed = events(routing, "dpu")["events"][2:]
    assert [(event["type"], event["data"]["report"], event["data"]["by"]) for event in listed] == [
        ("report.withdrawn", withdrawn, "reporter"),
        ("report.escalated", late, "machine"),
    ]


def test_who_hands_a_report_on_and_who_gets_it_are_both_told(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "transfer", agency="dinkes", reason="bukan jalan kabupaten")
    routing.do("dinkes", report, "acknowledge")
    assert types_and_agencies(routing, "dpu") == [
        ("report.disposed", "dpu"),
        ("report.transferred", "dinkes"),
        ("report.acknowledged", "dinkes"),
    ]
    assert types_and_agencies(routing, "dinkes") == [
        ("report.transferred", "dinkes"),
        ("report.acknowledged", "dinkes"),
    ]


def test_officials_are_told_of_the_reports_that_no_agency_has(routing: Routing) -> None:
    kept, refused, _ = routing.report(UNSURE), routing.report(UNSURE), routing.report(ROAD)
    routing.do("official", kept, "verify", category="kesehatan", place="35.22.11.2002")
    routing.do("official", refused, "reject", reason="bukan laporan")
    assert types_and_agencies(routing, "official") == [
        ("report.held", None),
        ("report.held", None),
        ("report.verified", None),
        ("report.rejected", None),
    ]
    assert types_and_agencies(routing, "kec-kedungadem") == [("report.disposed", "kec-kedungadem")]


def test_an_event_holds_no_word_of_the_report_nor_of_who_answers(routing: Routing) -> None:
    report = routing.report(f"{ROAD}, kata rahasiawarga", confidential=True)
    routing.do("dpu", report, "respond", text="kata rahasiadinas", acted=False)
    routing.do("dpu", report, "transfer", agency="dinkes", reason="alasan rahasiadinas")
    for who in ("dpu", "dinkes"):
        answer = routing.client.get("/agency/v1/events", headers=routing.key(who))
        assert "rahasia" not in answer.text


def test_what_was_over_when_it_was_brought_is_nothing_to_act_on(routing: Routing) -> None:
    before = Elsewhere(agency="dpu", closed_at=NOW - timedelta(days=3), closure=Closure.done)
    routing.report(ROAD, channel=Channel.web, official=True, category="jalan-rusak", elsewhere=before)
    open_one = routing.report(ROAD)
    assert [event["data"]["report"] for event in events(routing, "dpu")["events"]] == [open_one]


def test_pages_follow_each_other_and_the_last_tells_where_to_ask_again(routing: Routing) -> None:
    reports = [routing.report(ROAD) for _ in range(5)]
    page = events(routing, "dpu", limit=2)
    seen = [event["data"]["report"] for event in page["events"]]
    while page["events"]:
        answer = routing.client.get(page["next"], headers=routing.key("dpu"))
        page = answer.json()
        seen += [event["data"]["report"] for event in page["events"]]
    assert seen == reports
    routing.report("Puskesmas tutup terus, bpjs ditolak")
    later = routing.report(ROAD)
    events(routing, "dpu")
    assert [
        event["data"]["report"]
        for event in routing.client.get(page["next"], headers=routing.key("dpu")).json()["events"]
    ] == [later]


@pytest.mark.parametrize(
    "query", [{"cursor": -1}, {"cursor": "x"}, {"cursor": 10**16}, {"limit": 0}, {"limit": 1001}, {"agency": "dpu"}]
)
def test_what_is_no_cursor_no_limit_or_no_parameter_is_refused(routing: Routing, query: dict[str, Any]) -> None:
    answer = routing.client.get("/agency/v1/events", params=query, headers=routing.key("dpu"))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")


def test_reading_events_needs_the_key_of_an_agency_or_an_official(routing: Routing) -> None:
    for role, status in (("anonymous", 401), ("filing", 403), ("channel", 403), ("dpu", 200), ("official", 200)):
        assert routing.client.get("/agency/v1/events", headers=routing.key(role)).status_code == status


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.live)], indirect=True)
def test_what_is_committed_late_is_read_after_what_was_read_already(routing: Routing) -> None:
    """Two transactions take their numbers; the first to take one commits last, after the other was read.

    SQLite has one writer at a time: what is written first is committed first.
    """
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction(routing.engine) as session:
            feed.add(session, [an_event("slow")])
            written.set()
            assert go_on.wait(30)

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(30)
    with transaction(routing.engine) as session:
        feed.add(session, [an_event("quick")])
    first = events(routing, "dpu")
    go_on.set()
    thread.join()
    events(routing, "dpu")
    then = routing.client.get(first["next"], headers=routing.key("dpu")).json()
    assert [[event["id"] for event in page["events"]] for page in (first, then)] == [["quick"], ["slow"]]


def test_more_than_one_turns_worth_is_put_in_order_turn_by_turn(
    routing: Routing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_BATCH", 3)
    with transaction(routing.engine) as session:
        feed.add(session, [an_event(str(n), "dpu" if n % 2 else "dinkes") for n in range(8)])
    for _ in range(3):
        with transaction(routing.engine) as session:
            feed.put_in_order(session, NOW)
    with snapshot(routing.engine) as session:
        assert session.scalar(select(func.count()).where(AGENCY_EVENT.c.position.is_(None))) == 0
        for who, ids in (("dpu", ["1", "3", "5", "7"]), ("dinkes", ["0", "2", "4", "6"])):
            rows = feed.after(session, who, 0, 10)
            assert [(row.id, row.position) for row in rows] == list(zip(ids, range(1, 5), strict=True))


def forget(routing: Routing, days: int) -> int:
    """Forget what could be read so many days ago or longer, a year from now."""
    with transaction(routing.engine) as session:
        return feed.forget(session, NOW + timedelta(days=365 - days), NOW + timedelta(days=365))


def test_an_agency_that_comes_after_its_events_were_forgotten_is_told_so(routing: Routing) -> None:
    for _ in range(4):
        routing.report(ROAD)
    assert len(events(routing, "dpu")["events"]) == 4
    assert forget(routing, 366) == 0
    assert forget(routing, 364) == 3
    gone = routing.client.get("/agency/v1/events", params={"cursor": 2}, headers=routing.key("dpu"))
    assert (gone.status_code, gone.json()["type"]) == (410, "/problems/forgotten-cursor")
    assert "the events 3 to 3 were deleted" in gone.json()["detail"]
    assert [event["cursor"] for event in events(routing, "dpu")["events"]] == [4]
    assert [event["cursor"] for event in events(routing, "dpu", cursor=3)["events"]] == [4]


def test_numbers_go_on_after_everything_was_forgotten(routing: Routing) -> None:
    routing.report(ROAD)
    events(routing, "dpu")
    forget(routing, 0)
    routing.report(ROAD)
    assert [event["cursor"] for event in events(routing, "dpu", cursor=1)["events"]] == [2]


def test_an_event_of_years_ago_that_an_import_brought_is_kept_as_long_as_any_other(routing: Routing) -> None:
    for _ in range(2):
        routing.report(ROAD)
    with transaction(routing.engine) as session:
        session.execute(AGENCY_EVENT.update().values(at=NOW - timedelta(days=3000)))
    events(routing, "dpu")
    assert forget(routing, 366) == 0
