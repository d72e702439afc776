"""What a place is known by is public with the place, and officials see what contradicts it."""

from contracts.events import PlaceFrom
from contracts.region import Region
from services.routing.handlers import Handlers
from services.routing.rules import Rules
from tests.routing.conftest import NOW, ROAD, UNSURE, Routing
from tests.routing.test_handlers import shown

TUMBRASANOM = {"code": "35.22.11.2002", "name": "Tumbrasanom", "kecamatan": "Kedungadem"}


def opened(routing: Routing, report: str) -> tuple[object, object]:
    event = routing.facts(report)[0]
    return event["place"] and event["place"]["code"], event["place_from"]


def test_a_place_that_was_read_in_the_words_says_so(routing: Routing) -> None:
    assert opened(routing, routing.report(ROAD)) == ("35.22.14.2002", PlaceFrom.words)
    assert opened(routing, routing.report("Jalan rusak berlubang")) == (None, None)


def test_a_place_that_an_official_chose_says_so(routing: Routing) -> None:
    report = routing.report(UNSURE, place="Dander")
    assert shown(routing, report)["place_from"] == "sender"
    routing.do("official", report, "verify", place="35.22.11.2002")
    assert opened(routing, report) == ("35.22.11.2002", PlaceFrom.official)


def test_nothing_of_the_place_of_a_confidential_report_is_public(routing: Routing) -> None:
    assert opened(routing, routing.report(ROAD, confidential=True)) == (None, None)


def test_officials_see_both_where_words_and_coordinates_disagree(routing: Routing, region: Region) -> None:
    routing.handlers = Handlers(Rules(region.model_copy(update={"nearest_place_km": 2.0})), lambda: NOW)
    report = routing.report(ROAD, lat=-7.309, long=112.011)
    view = shown(routing, report)
    assert (view["place"]["name"], view["place_from"], view["place_other"]) == ("Sumberarum", "words", TUMBRASANOM)
    assert "place_other" not in routing.facts(report)[0]
    finer = routing.report("Jalan rusak berlubang", lat=-7.309, long=112.011)
    assert opened(routing, finer) == ("35.22.11.2002", PlaceFrom.nearest)


def test_the_places_that_the_words_may_mean_are_shown_until_one_is_decided(routing: Routing) -> None:
    report = routing.report("Lampu jalan desa Sukorejo padam")
    view = shown(routing, report)
    assert (view["place"], [each["kecamatan"] for each in view["place_candidates"]]) == (None, ["Dander", "Kedungadem"])
    routing.do("official", report, "verify", place=view["place_candidates"][0]["code"])
    assert shown(routing, report)["place_candidates"] == []
    assert shown(routing, routing.report(ROAD))["place_candidates"] == []
