"""What the machine found in a report is kept with it, shown to officials alone, and decides only above the bar."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import update

from contracts.region import Region
from kit.db import open_engine, transaction
from services.routing.app import create_app
from services.routing.rules import Rules
from services.routing.settings import Settings
from services.routing.tables import CASE
from tests.routing.conftest import ROAD, TINY, UNSURE, Routing

MEMBERS = {"model", "candidates", "kind", "urgency", "spam", "sensitive", "suspected", "held_because"}


def shown(routing: Routing, report: str, role: str = "official") -> dict[str, Any]:
    view: dict[str, Any] = routing.ask(role, f"/{report}").json()
    return view


@pytest.fixture
def modest(database_url: str, region: Region) -> Iterator[Routing]:
    """A region whose machine must be surer than it can be."""
    strict = region.model_copy(update={"bar": 1.0})
    settings = Settings(
        database_url=SecretStr(database_url),
        bus_url="sqlite:///unused",
        region=TINY,
        gateway_secret=SecretStr("secret"),
    )
    engine = open_engine(database_url)
    with TestClient(create_app(settings, strict)) as client:
        yield Routing(engine, Rules(strict), client)
    engine.dispose()


def test_officials_read_what_the_machine_found_and_agencies_and_events_do_not(routing: Routing) -> None:
    report = routing.report(ROAD)
    reading = shown(routing, report)["reading"]
    assert set(reading) == MEMBERS
    [first, *_] = reading["candidates"]
    assert (first["agency"], first["category"]) == ("dpu", "jalan-rusak")
    assert 0 < first["confidence"] <= 1
    assert (reading["kind"]["value"], reading["spam"]["value"]) == ("complaint", "none")
    assert (reading["held_because"], reading["suspected"]) == ([], [])
    assert shown(routing, report, "dpu")["reading"] is None
    assert not any("reading" in fact or "candidates" in fact for fact in routing.facts())
    assert routing.ask("dpu").json()["reports"][0]["reading"] is None
    assert routing.ask("official").json()["reports"][0]["reading"] == reading


def test_below_the_bar_the_report_waits_with_its_candidates(modest: Routing) -> None:
    report = modest.report(ROAD)
    assert modest.facts() == []
    view = shown(modest, report)
    assert (view["status"], view["category"], view["agency"]) == ("held", "jalan-rusak", None)
    assert view["reading"]["held_because"] == view["held_because"] == ["unsure"]
    given = modest.do("official", report, "verify").json()
    assert (given["agency"], given["reading"]["held_because"]) == ("dpu", [])


def test_a_category_that_the_sender_chose_is_kept_and_its_agency_comes_first(modest: Routing) -> None:
    view = shown(modest, modest.report(ROAD, category="kesehatan", place="35.22.11.2002"))
    assert (view["status"], view["category"]) == ("held", "kesehatan")
    assert view["reading"]["candidates"][0]["agency"] == "kec-kedungadem"


def test_what_an_earlier_version_read_has_no_reading(routing: Routing) -> None:
    report = routing.report(UNSURE)
    with transaction(routing.engine) as session:
        session.execute(update(CASE).where(CASE.c.id == report).values(reading=None))
    assert shown(routing, report)["reading"] is None
    assert routing.do("official", report, "verify", agency="dpu").json()["agency"] == "dpu"


def test_an_agency_that_is_no_more_is_no_candidate(routing: Routing) -> None:
    routing.now += timedelta(days=40_000)
    ended = [agency.id for agency in routing.rules.region.agencies.values() if agency.valid_to]
    candidates = shown(routing, routing.report(ROAD, at=routing.now))["reading"]["candidates"]
    assert candidates
    assert not {each["agency"] for each in candidates} & set(ended)
