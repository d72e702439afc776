"""What a report's source tells anew is applied as an official would; what the state does not allow is noted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.events import Closure, Elsewhere, Location, ReportFeedback, ReportUpdated, ResponseElsewhere
from kit.db import transaction
from services.routing import feed
from tests.routing.conftest import NOW, ROAD, UNSURE, Routing, about
from tests.routing.test_handlers import ring, shown

ANSWERED = datetime(2026, 11, 21, 3, tzinfo=UTC)
CLOSED = datetime(2026, 11, 22, 3, tzinfo=UTC)
ANSWER = ResponseElsewhere(text="Ditambal, hub 0811000000", at=ANSWERED, acted=True)
SUKOREJO = {"code": "35.22.11.2001", "name": "Sukorejo", "kecamatan": "Kedungadem"}


def tell(routing: Routing, report: str, **news: Any) -> list[dict[str, Any]]:
    """The events that follow from an update."""
    before = len(routing.facts(report))
    routing.take(about(report, ReportUpdated, **news))
    return routing.facts(report)[before:]


def history(routing: Routing, report: str) -> list[tuple[str, str | None]]:
    return [(entry["what"], entry["reason"]) for entry in shown(routing, report)["history"]]


def brought(routing: Routing, text: str = ROAD, **more: Any) -> str:
    return routing.report(text, category="jalan-rusak", official=True, confidential=False, **more)


def test_an_end_elsewhere_closes_the_report_on_its_own_date(routing: Routing) -> None:
    report = brought(routing, at=NOW - timedelta(days=5), elsewhere=Elsewhere())
    (closed,) = tell(routing, report, closed_at=CLOSED, closure=Closure.done)
    assert (closed["type"], closed["closure"], closed["agency"]) == ("case.closed.v1", "done", "dpu")
    view = shown(routing, report)
    assert (view["status"], view["closed_at"], view["closure"]) == ("closed", "2026-11-22T03:00:00.000Z", "done")
    assert view["updated_at"] == "2026-11-24T05:00:00.000Z", "it never goes back"
    ring(routing, NOW + timedelta(days=60))
    assert len(routing.facts(report)) == 3, "a closed report has no clock"


def test_an_answer_elsewhere_is_redacted_and_its_silence_counts_from_now(routing: Routing) -> None:
    report = brought(routing)
    (answered,) = tell(routing, report, response=ANSWER.model_copy(update={"at": NOW - timedelta(days=90)}))
    assert (answered["text"], answered["acted"], answered["agency"]) == ("Ditambal, hub [telepon]", True, "dpu")
    ring(routing, NOW + timedelta(days=1))
    assert shown(routing, report)["status"] == "responded"
    ring(routing, NOW + timedelta(days=20))
    assert shown(routing, report)["closure"] == "silence"


def test_an_answer_and_an_end_come_in_that_order(routing: Routing) -> None:
    report = brought(routing)
    events = tell(routing, report, response=ANSWER, closed_at=CLOSED)
    assert [event["type"] for event in events] == ["case.responded.v1", "case.closed.v1"]
    assert events[1]["closure"] == "explained"


def test_what_is_told_twice_is_once_in_history(routing: Routing) -> None:
    news = {"response": ANSWER, "category": "kesehatan", "location": Location(place="Dander"), "closed_at": CLOSED}
    report = brought(routing)
    assert len(tell(routing, report, **news)) == 4
    assert tell(routing, report, **news) == []
    assert [what for what, _ in history(routing, report)].count("update") == 0


@pytest.mark.parametrize(
    ("news", "agency", "category"),
    [
        ({"category": "kesehatan"}, "dinkes", "kesehatan"),
        ({"category": "kesehatan", "agency": "inspektorat"}, "inspektorat", "kesehatan"),
        ({"agency": "dinkominfo"}, "dinkominfo", "jalan-rusak"),
    ],
)
def test_another_category_or_agency_disposes_again(
    routing: Routing, news: dict[str, str], agency: str, category: str
) -> None:
    report = brought(routing)
    (disposed,) = tell(routing, report, **news)
    assert (disposed["type"], disposed["agency"], disposed["category"]) == ("case.disposed.v1", agency, category)
    assert shown(routing, report)["agency"] == agency


def test_another_category_does_not_start_the_clock_of_an_old_report(routing: Routing) -> None:
    old = datetime(2026, 2, 3, 1, tzinfo=UTC)
    report = brought(routing, at=old, elsewhere=Elsewhere())
    (disposed,) = tell(routing, report, category="kesehatan")
    assert disposed["due_at"] == "2026-02-05T16:59:59Z"
    ring(routing, NOW + timedelta(days=60))
    assert shown(routing, report)["escalated_at"] is None


@pytest.mark.parametrize("days", [-30, 30])
def test_a_deadline_of_the_table_stays_with_the_next_agency(routing: Routing, days: int) -> None:
    due_at = NOW + timedelta(days=days)
    told = Elsewhere(due_at=due_at)
    report = brought(routing, at=datetime(2026, 2, 3, 1, tzinfo=UTC), elsewhere=told)
    (disposed,) = tell(routing, report, agency="dinkes")
    assert datetime.fromisoformat(disposed["due_at"]) == due_at
    ring(routing, NOW + timedelta(days=60))
    assert (shown(routing, report)["escalated_at"] is not None) == (days > 0)


def test_a_report_whose_clock_runs_here_gives_the_next_agency_its_days(routing: Routing) -> None:
    report = brought(routing, at=NOW - timedelta(days=1), elsewhere=Elsewhere())
    (disposed,) = tell(routing, report, category="kesehatan")
    assert disposed["due_at"] == "2026-11-26T16:59:59Z"


def test_another_place_is_public_with_the_one_before(routing: Routing) -> None:
    report = brought(routing)
    location = Location(place="35.22.11.2001", lat=-7.3, long=112.0, address="rumah Bu Tini 0811000000")
    (relocated,) = tell(routing, report, location=location)
    assert relocated == {
        "type": "case.relocated.v1",
        "place": SUKOREJO,
        "place_from": "sender",
        "lat": -7.3,
        "long": 112.0,
        "reason": "lokasi menurut sistem asal: Sukorejo, Kedungadem; sebelumnya Sumberarum, Dander",
    }
    assert shown(routing, report)["place"] == SUKOREJO
    assert history(routing, report)[-1] == ("relocated", relocated["reason"])


def test_a_kecamatan_is_named_once(routing: Routing) -> None:
    report = brought(routing, place="Sumberarum")
    (relocated,) = tell(routing, report, location=Location(place="Dander"))
    assert relocated["reason"] == "lokasi menurut sistem asal: Dander; sebelumnya Sumberarum, Dander"


def test_no_fact_tells_of_another_address(routing: Routing) -> None:
    report = brought(routing, place="Sumberarum", address="dekat pasar")
    assert tell(routing, report, location=Location(place="Sumberarum", address="rumah Bu Tini")) == []
    assert shown(routing, report)["address"] == "rumah Bu Tini"
    assert history(routing, report)[-1] == ("relocated", "lokasi menurut sistem asal")


def test_another_name_of_the_same_place_is_no_event(routing: Routing) -> None:
    report = brought(routing, place="Sumberarum")
    assert tell(routing, report, location=Location(place="desa Sumberarum")) == []
    assert shown(routing, report)["place_hint"] == "desa Sumberarum"


def test_a_place_that_has_an_agency_of_its_own_gets_the_report(routing: Routing) -> None:
    report = routing.report("Puskesmas tutup terus", category="kesehatan", official=True, place="Dander")
    events = tell(routing, report, location=Location(place="35.22.11.2001"))
    assert [event["type"] for event in events] == ["case.relocated.v1", "case.disposed.v1"]
    assert shown(routing, report)["agency"] == "kec-kedungadem"


@pytest.mark.parametrize("chosen", ["elsewhere", "here"])
def test_an_agency_that_somebody_chose_keeps_a_report_whose_place_changed(routing: Routing, chosen: str) -> None:
    told = Elsewhere(agency="dinkes") if chosen == "elsewhere" else None
    report = routing.report(
        "Puskesmas tutup terus", category="kesehatan", official=True, place="Dander", elsewhere=told
    )
    if chosen == "here":
        routing.do("dinkes", report, "transfer", agency="dpu", reason="jalan")
    assert [event["type"] for event in tell(routing, report, location=Location(place="Kedungadem"))] == [
        "case.relocated.v1"
    ]


def test_nothing_shows_the_new_place_of_a_confidential_report(routing: Routing) -> None:
    report = routing.report(ROAD, category="jalan-rusak", official=True, confidential=True)
    events = tell(routing, report, location=Location(place="35.22.11.2001", lat=-7.3, long=112.0), response=ANSWER)
    assert [event["type"] for event in events] == ["case.responded.v1"]
    assert events[0]["text"] is None
    assert shown(routing, report)["place"] == SUKOREJO


def test_a_hidden_report_stays_hidden_whatever_its_source_tells(routing: Routing) -> None:
    report = brought(routing)
    routing.do("official", report, "hide", reason="pelapor minta")
    events = tell(routing, report, location=Location(place="35.22.11.2001"), response=ANSWER, closed_at=CLOSED)
    assert [event["type"] for event in events] == ["case.responded.v1", "case.closed.v1"]
    assert events[0]["text"] is None
    assert shown(routing, report)["hidden"] is True


def test_what_a_closed_report_does_not_allow_is_noted_and_left(routing: Routing) -> None:
    report = brought(routing)
    routing.do("dpu", report, "close", closure="done")
    news = {"category": "kesehatan", "response": ANSWER, "closed_at": CLOSED}
    assert tell(routing, report, **news) == []
    view = shown(routing, report)
    assert (view["status"], view["category"], view["closure"]) == ("closed", "jalan-rusak", "done")
    what, reason = history(routing, report)[-1]
    assert what == "updated"
    assert reason is not None
    assert reason.endswith("category, response, closed_at")


def test_a_rejected_report_stays_rejected(routing: Routing) -> None:
    report = routing.report(UNSURE)
    routing.do("official", report, "reject", reason="spam")
    assert tell(routing, report, category="kesehatan", closed_at=CLOSED) == []
    assert shown(routing, report)["status"] == "rejected"
    assert history(routing, report)[-1][0] == "updated"


def test_what_is_told_of_a_held_report_counts_once_it_is_verified(routing: Routing) -> None:
    report = routing.report(UNSURE, elsewhere=Elsewhere(agency="dinkes"))
    assert shown(routing, report)["status"] == "held"
    location = Location(place="Kedungadem", lat=-7.3, long=112.0)
    assert tell(routing, report, category="kesehatan", agency="dinkes", location=location) == []
    assert tell(routing, report, response=ANSWER) == []
    assert tell(routing, report, closed_at=CLOSED, closure=Closure.done) == []
    held = shown(routing, report)
    assert (held["status"], held["category"], held["lat"]) == ("held", "kesehatan", -7.3)
    assert routing.do("official", report, "verify").status_code == 200
    assert routing.types(report) == ["case.opened", "case.disposed", "case.responded", "case.closed"]
    view = shown(routing, report)
    assert (view["agency"], view["status"], view["closure"]) == ("dinkes", "closed", "done")
    assert routing.facts(report)[0]["place"]["name"] == "Kedungadem"


def test_another_category_told_of_a_held_report_without_an_agency_decides_the_agency(routing: Routing) -> None:
    report = routing.report(UNSURE, elsewhere=Elsewhere(agency="dinkes"))
    tell(routing, report, category="jalan-rusak")
    routing.do("official", report, "verify")
    assert shown(routing, report)["agency"] == "dpu"


def test_the_category_that_the_verifier_chooses_decides_the_agency(routing: Routing) -> None:
    report = routing.report(UNSURE, elsewhere=Elsewhere(agency="dinkes"))
    assert routing.do("official", report, "verify", category="jalan-rusak").json()["agency"] == "dpu"


def test_nothing_is_answered_or_closed_before_our_desk_verified_it(routing: Routing) -> None:
    report = routing.report(UNSURE, at=NOW - timedelta(days=20), elsewhere=Elsewhere())
    assert routing.do("official", report, "verify").status_code == 200
    events = tell(routing, report, response=ANSWER, closed_at=CLOSED, closure=Closure.done)
    assert [event["type"] for event in events] == ["case.responded.v1", "case.closed.v1"]
    view = shown(routing, report)
    assert view["received_at"] < view["verified_at"] <= view["history"][-2]["at"] <= view["closed_at"]
    assert tell(routing, report, response=ANSWER, closed_at=CLOSED, closure=Closure.done) == []


def test_a_sensitive_category_told_of_a_held_report_withholds_it(routing: Routing) -> None:
    report = routing.report(UNSURE)
    tell(routing, report, category="pungli")
    routing.do("official", report, "verify")
    assert routing.facts(report)[0]["confidential"] is True


def test_a_report_reopened_here_is_closed_anew_by_its_source(routing: Routing) -> None:
    report = brought(routing, elsewhere=Elsewhere(closed_at=CLOSED))
    routing.take(about(report, ReportFeedback, satisfied=False))
    assert shown(routing, report)["status"] == "reopened"
    tell(routing, report, closed_at=NOW, closure=Closure.done)
    assert shown(routing, report)["status"] == "closed"


def test_its_agency_is_told_of_each_change(routing: Routing) -> None:
    report = brought(routing)
    tell(routing, report, location=Location(place="Dander"), closed_at=CLOSED)
    tell(routing, report, category="kesehatan")
    with transaction(routing.engine) as session:
        feed.put_in_order(session, NOW)
        types = [row.type for row in feed.after(session, "dpu", 0, 10)]
    assert types == ["report.disposed", "report.relocated", "report.closed", "report.updated"]
