"""Officials see which reports may be about the same matter; agencies only among their own."""

from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.reading.alike import LEAST, WITHIN, Seen, distance, most_alike
from tests.routing.conftest import NOW, ROAD, Routing

HOLE = "Jalan rusak di desa Sumberarum Dander, lubang dalam dekat jembatan"
SAME_HOLE = "Lubang dalam di dekat jembatan Sumberarum Dander, jalan rusak"
LAMP = "Lampu jalan mati di desa Sumberarum Dander, gelap sekali"


def duplicates(routing: Routing, report: str, role: str = "official") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = routing.ask(role, f"/{report}").json()["duplicates"]
    return found


def test_the_most_alike_comes_first_with_a_reason(routing: Routing) -> None:
    other, same = routing.report(LAMP), routing.report(HOLE, at=NOW - timedelta(days=2))
    report = routing.report(SAME_HOLE)
    found = duplicates(routing, report)
    assert found[0]["id"] == same
    assert found[0]["reason"].startswith("tempat yang sama; 2 hari sebelumnya; kategori yang sama; kata: ")
    assert LEAST <= found[0]["score"] <= 1
    assert not [each for each in found if each["id"] == other and each["score"] >= found[0]["score"]]


def test_points_near_each_other_are_enough_without_a_place(routing: Routing) -> None:
    near = routing.report("Jalan rusak berlubang", lat=-7.2501, long=111.8501)
    far = routing.report("Jalan rusak berlubang", lat=-7.2601, long=111.8501)
    found = duplicates(routing, routing.report("Jalan rusak banyak lubang", lat=-7.2500, long=111.8500))
    assert [each["id"] for each in found][:1] == [near]
    assert far not in [each["id"] for each in found]
    assert "m dari sini" in found[0]["reason"]


def test_neither_old_ones_nor_what_was_merged_or_rejected_are_shown(routing: Routing) -> None:
    old = routing.report(HOLE, at=NOW - WITHIN - timedelta(days=1))
    main, merged, report = (routing.report(HOLE) for _ in range(3))
    rejected = routing.report(HOLE, repeats=UUID(main))
    routing.do("official", rejected, "reject", reason="sama")
    routing.do("official", merged, "merge", into=main)
    assert [each["id"] for each in duplicates(routing, report)] == [main]
    assert old not in [each["id"] for each in duplicates(routing, main)]
    assert duplicates(routing, merged) == []


def test_an_agency_sees_none_that_it_may_not_read(routing: Routing) -> None:
    given_away = routing.report(HOLE)
    held = routing.report(HOLE, repeats=UUID(given_away))
    routing.do("official", given_away, "dispose", agency="dinkes", reason="puskesmas")
    own, report = routing.report(HOLE), routing.report(HOLE)
    assert [each["id"] for each in duplicates(routing, report, "dpu")] == [own]
    assert {own, given_away, held} <= {each["id"] for each in duplicates(routing, report)}
    assert held not in [each["id"] for each in duplicates(routing, report, "dpu")]


def test_of_a_repeat_officials_see_of_which_report_it_is_one(routing: Routing) -> None:
    first = routing.report(ROAD)
    again = routing.report(ROAD, repeats=UUID(first))
    view = routing.ask("official", f"/{again}").json()
    assert (view["status"], view["repeats"]) == ("held", first)
    assert (view["duplicates"][0]["id"], view["duplicates"][0]["reason"]) == (
        first,
        "pelapor yang sama, dengan isi yang sama",
    )
    routing.do("official", again, "verify")
    agency = routing.ask("official", f"/{again}").json()["agency"]
    seen = routing.ask(agency, f"/{again}").json()
    assert (seen["repeats"], [each["reason"] for each in seen["duplicates"]]) == (None, [mock.ANY])
    assert "pelapor" not in seen["duplicates"][0]["reason"]


def test_another_report_that_is_alike_does_not_change_the_etag(routing: Routing) -> None:
    report = routing.report(HOLE)
    before = routing.client.get(f"/agency/v1/reports/{report}", headers=routing.key("dpu")).headers["etag"]
    routing.report(HOLE)
    assert duplicates(routing, report) != []
    headers = {**routing.key("dpu"), "if-match": before}
    done = routing.client.post(f"/agency/v1/reports/{report}/acknowledge", headers=headers)
    assert (done.status_code, done.json()["duplicates"]) == (200, None)


SEEN = st.builds(
    Seen,
    id=st.uuids().map(str),
    text=st.lists(st.sampled_from(["jalan", "rusak", "lubang", "lampu", "mati", "pasar", "sungai"])).map(" ".join),
    category=st.sampled_from(["jalan-rusak", "lampu-jalan"]),
    agency=st.sampled_from(["dpu", "dishub", None]),
    place=st.sampled_from(["35.22.14.2001", "35.22.14.2003", None]),
    lat=st.sampled_from([None, -7.25, -7.2502, -7.3]),
    long=st.sampled_from([None, 111.85, 111.8502]),
    received_at=st.integers(-80, 80).map(lambda days: NOW + timedelta(days=days)),
)


@given(SEEN, st.lists(SEEN, max_size=12))
def test_what_is_shown_is_near_in_time_and_place_and_sorted(report: Seen, others: list[Seen]) -> None:
    found = most_alike(report, others, {"mohon"})
    by_id = {each.id: each for each in others}
    assert len(found) <= 5
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    for each in found:
        other, metres = by_id[each.id], distance(report, by_id[each.id])
        assert LEAST <= each.score <= 1
        assert abs(other.received_at - report.received_at) <= WITHIN
        assert (report.place is not None and other.place == report.place) or (metres is not None and metres <= 300)


@pytest.mark.parametrize("text", ["", "!!!", "a b c", "\0", "لا"])
def test_texts_without_words_are_like_nothing(text: str) -> None:
    one = Seen("1", text, "jalan-rusak", "dpu", "35.22.14.2001", None, None, NOW)
    assert most_alike(one, [one._replace(id="2")], set()) == []
