"""An agency's own number for a report: with any act or alone, in its views and events, and nobody else's."""

from typing import Any

import pytest

from kit.db import transaction
from services.routing import feed
from services.routing.act import Act
from services.routing.actions import ACTS
from services.routing.views import AgencyActBody
from tests.routing.conftest import NOW, ROAD, Routing
from tests.routing.test_acts import OF_AN_AGENCY, body

TICKET = "TKT-2026/0117, baris 2"


def events(routing: Routing, who: str) -> list[tuple[str, str | None]]:
    with transaction(routing.engine) as session:
        feed.put_in_order(session, NOW)
    answer = routing.client.get("/agency/v1/events", headers=routing.key(who)).json()
    return [(event["type"], event["data"]["reference"]) for event in answer["events"]]


@pytest.mark.parametrize("act", [each for each in ACTS if "agency" in each.by], ids=lambda act: str(act.move))
def test_every_act_of_an_agency_takes_a_reference(act: Act[AgencyActBody]) -> None:
    assert issubclass(act.body, AgencyActBody)


@pytest.mark.parametrize("name", [each for each in OF_AN_AGENCY if each in ("acknowledge", "respond", "close")])
def test_a_reference_comes_with_an_act_and_stands_in_its_event(routing: Routing, name: str) -> None:
    report = routing.report(ROAD)
    answer = routing.do("dpu", report, name, **body(name), reference=f" {TICKET}\u200b ")
    assert answer.json()["reference"] == TICKET
    assert [reference for _, reference in events(routing, "dpu")] == [None, TICKET]
    assert routing.ask("official", f"/{report}").json()["reference"] == TICKET


def test_a_reference_alone_is_set_changed_and_cleared(routing: Routing) -> None:
    report = routing.report(ROAD)
    for reference in (TICKET, "B-2", None):
        answer = routing.do("dpu", report, "reference", reference=reference)
        assert (answer.status_code, answer.json()["reference"]) == (200, reference)
        assert routing.ask("dpu").json()["reports"][0]["reference"] == reference
    assert [what["what"] for what in answer.json()["history"]] == ["verified", "disposed"]
    assert len(events(routing, "dpu")) == 1


def test_an_act_without_a_reference_leaves_it(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "acknowledge", reference=TICKET)
    assert routing.do("dpu", report, "close", closure="done").json()["reference"] == TICKET


def test_each_agency_has_its_own_reference_of_a_report(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "transfer", agency="dinkes", reason="bukan jalan kami", reference=TICKET)
    assert routing.ask("dinkes", f"/{report}").json()["reference"] is None
    assert events(routing, "dinkes")[-1] == ("report.transferred", None)
    assert events(routing, "dpu")[-1] == ("report.transferred", TICKET)
    routing.do("dinkes", report, "acknowledge", reference="KES-9")
    assert routing.ask("official", f"/{report}").json()["reference"] == "KES-9"
    assert routing.ask("dpu", transferred_by_me="true").json()["reports"][0]["reference"] == TICKET


def test_a_report_is_found_by_the_callers_own_reference(routing: Routing) -> None:
    one, two = routing.report(ROAD), routing.report(ROAD)
    routing.do("dpu", one, "acknowledge", reference=TICKET)
    routing.do("dpu", two, "acknowledge", reference="A")

    def found(who: str, **query: Any) -> set[str]:
        return {report["id"] for report in routing.ask(who, **query).json()["reports"]}

    assert found("dpu", reference=TICKET) == found("official", reference=TICKET) == {one}
    assert found("dpu", reference=["A", TICKET]) == {one, two}
    assert found("dpu", reference="tkt") == found("dinkes", reference=TICKET) == set()


@pytest.mark.parametrize("reference", ["", " ", "\u200b", "a\nb", "x" * 101, 7])
def test_a_reference_that_cannot_be_seen_or_is_long_is_refused(routing: Routing, reference: object) -> None:
    report = routing.report(ROAD)
    for act in ("reference", "acknowledge"):
        assert routing.do("dpu", report, act, reference=reference).status_code == 422
    assert routing.types(report) == ["case.opened", "case.disposed"]


def test_nobody_sets_the_reference_of_another_agency(routing: Routing) -> None:
    report = routing.report(ROAD)
    statuses = {who: routing.do(who, report, "reference", reference="x").status_code for who in ("dinkes", "official")}
    assert statuses == {"dinkes": 404, "official": 403}


def test_a_reference_is_in_no_event_of_the_bus(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "acknowledge", reference=TICKET)
    routing.do("dpu", report, "respond", text="Sudah", acted=True, reference=TICKET)
    assert not [fact for fact in routing.facts(report) if TICKET in str(fact)]


def test_the_etag_of_a_report_changes_with_its_reference(routing: Routing) -> None:
    report = routing.report(ROAD)
    before = routing.ask("dpu", f"/{report}").headers["etag"]
    url = f"/agency/v1/reports/{report}/reference"
    headers = {**routing.key("dpu"), "if-match": before}
    assert routing.client.post(url, json={"reference": "TKT-1"}, headers=headers).status_code == 200
    assert routing.ask("dpu", f"/{report}").headers["etag"] != before
    assert routing.client.post(url, json={"reference": "TKT-2"}, headers=headers).status_code == 412


@pytest.mark.parametrize("act", ["correct", "reopen"])
def test_an_official_has_no_reference_of_an_agency(routing: Routing, act: str) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "close", closure="done", text="Selesai")
    body: dict[str, Any] = {"reason": "belum"}
    if act == "correct":
        body |= {"answer": 1, "text": "Ditambal", "privacy": False}
    refused = routing.do("official", report, act, **body, reference="TKT-1")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")
    assert "reference" in refused.json()["detail"]
    assert routing.do("official", report, act, **body).status_code == 200


def test_who_gave_a_report_away_keeps_a_reference_of_its_own(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "transfer", agency="dinkes", reason="bukan jalan kami")
    answer = routing.do("dpu", report, "reference", reference=TICKET)
    assert (answer.status_code, answer.json()["reference"]) == (200, TICKET)
    assert routing.ask("dinkes", f"/{report}").json()["reference"] is None
    assert routing.do("dpu", report, "reference", reference=None).json()["reference"] is None
