"""What public reports have and the region lacks is found from the indexes, whatever else the reports have."""

from contracts.region import Region
from kit.db import snapshot
from services.publish.query import kept
from services.publish.query.kept import Kept
from tests.publish.conftest import Desk, closed, disposed


def test_nothing_is_missing_of_no_reports_or_of_reports_with_values_that_the_region_has(desk: Desk) -> None:
    with snapshot(desk.engine) as session:
        assert kept.missing(session, desk.region) == []
    desk.publish(disposed(desk.open()))
    with snapshot(desk.engine) as session:
        assert kept.missing(session, desk.region) == []
        assert kept.values(session, "agency") == ["dpu"]


def test_each_value_that_the_region_lost_is_counted_with_its_open_reports(desk: Desk, region: Region) -> None:
    first, second, third = desk.open(), desk.open(category="kesehatan", place=None), desk.open()
    desk.publish(disposed(first, "dpu"), disposed(second, "dinkes", category="kesehatan"), disposed(third, "dpu"))
    desk.publish(closed(third))
    lost = region.model_copy(
        update={
            "agencies": {id: each for id, each in region.agencies.items() if id != "dpu"},
            "categories": {code: each for code, each in region.categories.items() if code != "kesehatan"},
            "places": {code: each for code, each in region.places.items() if code != "35.22.14.2003"},
        }
    )
    with snapshot(desk.engine) as session:
        assert kept.missing(session, lost) == [
            ("agency", Kept("dpu", 2, 1)),
            ("category", Kept("kesehatan", 1, 1)),
            ("place_code", Kept("35.22.14.2003", 2, 1)),
        ]
