"""The REST face: what is asked for and nothing else, to the last page, from stored bytes."""

from datetime import timedelta
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx2
import pytest
from starlette.testclient import TestClient

from contracts.events import CaseHidden, CaseRejected, Channel, Kind, Place
from services.publish.query import pages, parameters, search, selection
from tests.publish.conftest import NOW, SUKOREJO, Desk, closed, disposed, opened

TUMBRASANOM = Place(code="35.22.11.2002", name="Tumbrasanom", kecamatan="Kedungadem")


def ids(client: TestClient, query: str = "") -> list[str]:
    answer = client.get(f"/v1/reports?{query}")
    assert answer.status_code == 200, answer.text
    return [report["id"] for report in answer.json()["reports"]]


def walk(client: TestClient, url: str) -> list[str]:
    walked: list[str] = []
    following: str | None = url
    while following:
        page = client.get(following).json()
        walked += [report["id"] for report in page["reports"]]
        following = page["next"]
    return walked


def as_text(reports: list[UUID]) -> list[str]:
    return [str(report) for report in reports]


def test_newest_come_first_and_pages_meet_without_gap_or_repeat(desk: Desk, client: TestClient) -> None:
    same = [opened() for _ in range(7)]  # received at the very same moment
    older = [opened(received_at=NOW - timedelta(days=n + 1)) for n in range(6)]
    desk.publish(*older, *same)
    expected = sorted((str(event.subject) for event in same), reverse=True) + [str(e.subject) for e in older]
    for limit in (1, 3, 13, 1000):
        assert walk(client, f"/v1/reports?limit={limit}") == expected
    assert walk(client, "/v1/reports?limit=2&category=jalan-rusak&status=verified") == expected


def test_past_the_end_there_is_nothing(desk: Desk, client: TestClient) -> None:
    assert client.get("/v1/reports").json()["reports"] == []
    desk.open()
    past = client.get("/v1/reports?received_to=2000-01-01").json()
    assert (past["reports"], past["next"]) == ([], None)
    assert client.get("/v1/reports?limit=1").json()["next"] is None


def test_each_filter_finds_its_own(desk: Desk, client: TestClient) -> None:
    plain = desk.open("Jalan rusak parah")
    other = desk.open(
        "Antri obat, Désa kami",
        days_ago=3,
        kind=Kind.aspiration,
        channel=Channel.web,
        category="kesehatan",
        place=TUMBRASANOM,
        lat=-7.31,
        long=112.01,
    )
    desk.publish(disposed(other, "dinkes", category="kesehatan"), closed(other, NOW + timedelta(hours=1)))
    for query in (
        "category=kesehatan",
        "agency=dinkes",
        "place=35.22.11",
        "place=35.22.11.2002",
        "kind=aspiration",
        "channel=web",
        "status=closed",
        "received_to=2026-11-22",
        "received_to=2026-11-22T00:00:00%2B07:00",
        "received_to=2026-11-22T00:00:00+07:00",
        "updated_from=2026-11-24T13:00:00",
        "q=OBAT+antri",
        "q=desa",
        "bbox=112,-7.4,112.1,-7.3",
        "agency=dinkes&status=closed&category=kesehatan&place=35.22.11&q=obat&bbox=112,-7.4,112.1,-7.3",
        "category=kesehatan,pungli&status=closed&status=reopened&kind=aspiration,information",
        "place=35.22.11,35.22.14.2001&agency=dinkes,dpu",
        "place=35.22.11.2002,35.22.14.2001",
        "received_from=2026-11-21&received_to=2026-11-22",
    ):
        assert ids(client, query) == [str(other)], query
    for query in (
        "category=pungli",
        "agency=dpu",
        "place=35.22.14.2001",
        "q=antri+rusak",
        "q=!!!",
        "q=%22*%22",
        "q=a:b",
    ):
        assert ids(client, query) == [], query
    assert ids(client, "place=35.22.14") == [str(plain)]
    assert ids(client, "received_from=2026-11-24T05:00:00Z") == [str(plain)]
    assert ids(client, "category=&q=") == as_text([plain, other])
    for query in (
        "status=open,closed",
        "status=open&status=closed",
        "place=35.22.14,35.22.11",
        "category=jalan-rusak,kesehatan",
    ):
        assert ids(client, query) == as_text([plain, other]), query
    assert ids(client, "status=open") == [str(plain)]


def test_several_values_find_the_same_whether_few_or_many_have_them(
    desk: Desk, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        desk.open(place=(SUKOREJO, TUMBRASANOM, None)[number % 3], days_ago=number)
    for few in (0, 1500):
        monkeypatch.setattr(selection, "FEW", few)
        for query, number in (("place=35.22.14,35.22.11.2002", 4), ("place=35.22.11,35.22.14", 4), ("status=open", 6)):
            assert len(walk(client, f"/v1/reports?limit=1&{query}")) == number, (few, query)


@pytest.mark.parametrize(
    ("first", "most", "near", "few"),
    [(4, 8000, 10**6, 0), (1, 8000, 10**6, 0), (2, 3, 10**6, 0), (4, 8000, 2, 0), (1, 1, 2, 1500)],
)
def test_words_that_many_have_are_found_newest_first_in_whichever_order_they_came(
    desk: Desk, client: TestClient, monkeypatch: pytest.MonkeyPatch, first: int, most: int, near: int, few: int
) -> None:
    monkeypatch.setattr(selection, "FEW", few)
    monkeypatch.setattr(pages, "_AT_FIRST", first)
    monkeypatch.setattr(pages, "_AT_MOST", most)
    monkeypatch.setattr(search, "NEAR", near)
    texts = ("Jalan lubang", "Lampu mati", "Lampu mati, jalan lubang", "Jalan bersih")
    days = [3, 7, 0, 11, 5, 1, 9, 10, 2, 6, 4, 8]
    made = {
        day: desk.open(texts[day % 4], days_ago=day, category=("jalan-rusak", "kesehatan")[day % 2]) for day in days
    }
    gone = made.pop(4)
    desk.publish(CaseHidden(time=NOW, subject=gone, reason="privat"))
    for query, wanted in (
        ("q=jalan", {0, 2, 3, 6, 7, 8, 10, 11}),
        ("q=lampu jalan", {2, 6, 10}),
        ("q=lampu&category=kesehatan", {1, 5, 9}),
        ("q=lampu&category=jalan-rusak,kesehatan&received_to=2026-11-22", {5, 6, 9, 10}),
        ("q=selokan", set[int]()),
    ):
        expected = as_text([made[day] for day in sorted(wanted)])
        for limit in (1, 2, 5, 100):
            assert walk(client, f"/v1/reports?limit={limit}&{query}") == expected, (query, limit)


def test_an_error_lists_the_allowed_values_or_says_where_they_are(client: TestClient) -> None:
    detail = client.get("/v1/reports?status=opened").json()["detail"]
    assert detail.startswith("status: 'opened' is no such value; there are verified, disposed, in_progress, responded,")
    assert parameters.allowed(["x"] * 400, "/v1/places") == "all of them are in /v1/places"


def test_the_counts_of_some_are_asked_for_as_lists_are(desk: Desk, client: TestClient) -> None:
    road, _ = desk.open(), desk.open(category="kesehatan")
    desk.publish(disposed(road), closed(road))
    for query, number in (
        ("", 2),
        ("status=open", 1),
        ("status=closed,verified", 2),
        ("agency=dpu", 1),
        ("category=pungli", 0),
    ):
        assert client.get(f"/v1/stats?{query}").json()["reports"] == number, query
    assert client.get("/v1/stats?status=no-such").status_code == 400


REFUSED = (
    ("limit=0", "limit"),
    ("limit=1001", "limit"),
    ("limit=-1", "limit"),
    ("limit=1.5", "limit"),
    ("limit=" + "9" * 60_000, "limit"),
    ("limit=٣", "limit"),
    ("cursor=nonsense", "cursor"),
    ("cursor=" + "A" * 5000, "cursor"),
    ("cursor=" + "=" * 60, "cursor"),
    ("cursor=%ff%fe", "cursor"),
    ("surprise=1", "surprise"),
    ("api_key=x", "api_key"),
    ("limit=1&limit=2", "limit"),
    ("category=no-such", "category"),
    ("category=jalan-rusak%00", "category"),
    ("agency=no-such", "agency"),
    ("agency=' OR 1=1 --", "agency"),
    ("place=35.22", "place"),
    ("kind=no-such", "kind"),
    ("channel=no-such", "channel"),
    ("status=opened", "status"),
    ("status=open,no-such", "status"),
    ("kind=complaint&kind=no-such", "kind"),
    ("received_from=2026-01-02&received_to=2026-01-01", "received_from"),
    ("bbox=112.1,-7.4,112,-7.3", "bbox"),
    ("bbox=112,-7.3,112.1,-7.4", "bbox"),
    ("received_from=99999-01-01T00:00:00Z", "received_from"),
    ("received_from=9999-12-31T23:59:59-23:59", "received_from"),
    ("received_to=0001-01-01", "received_to"),
    ("received_from=2026-02-30", "received_from"),
    ("received_from=2026-W01-1", "received_from"),
    ("updated_from=yesterday", "updated_from"),
    ("updated_from=2026-01-01T25:00:00Z", "updated_from"),
    ("bbox=1,2,3", "bbox"),
    ("bbox=a,b,c,d", "bbox"),
    ("bbox=nan,nan,nan,nan", "bbox"),
    ("bbox=1e400,0,0,0", "bbox"),
    ("bbox=0,-91,1,0", "bbox"),
    ("bbox=0,0,999,1", "bbox"),
    ("q=" + "x" * 201, "q"),
)


def test_what_it_does_not_know_is_refused_by_name(client: TestClient) -> None:
    for query, name in REFUSED:
        answer = client.get(f"/v1/reports?{query}")
        assert answer.status_code == 400, query
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert (body["type"], body["status"]) == ("/problems/invalid-query", 400)
        assert body["detail"].split(":")[0] == name


def test_a_cursor_is_good_for_its_own_filters_only(desk: Desk, client: TestClient) -> None:
    for _ in range(3):
        desk.open()
    following = client.get("/v1/reports?limit=1&kind=complaint").json()["next"]
    assert client.get(following).status_code == 200
    assert client.get(following.replace("complaint", "aspiration")).status_code == 404
    cursor = following.rpartition("cursor=")[2]
    for changed in (cursor[:-1], cursor[1:], cursor + "AAAA", cursor[:20] + "B" + cursor[21:]):
        assert client.get(f"/v1/reports?limit=1&kind=complaint&cursor={changed}").status_code == 404


def test_an_invented_id_is_404(desk: Desk, client: TestClient) -> None:
    desk.open()
    for id in (str(uuid4()), "nonsense", "1", "%00", quote("' OR 1=1 --"), "x" * 5000, "💥"):
        answer = client.get(f"/v1/reports/{id}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), id


def test_an_etag_holds_until_something_changes_and_for_its_own_address(desk: Desk, client: TestClient) -> None:
    desk.open()
    for path in ("/v1/reports?limit=5", "/v1/stats", "/v1/changes"):
        tag = client.get(path).headers["etag"]
        held = {"if-none-match": f'"other", W/{tag}'}
        again = client.get(path, headers=held)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        desk.publish(CaseRejected(time=NOW, subject=uuid4(), reason="spam", received_at=NOW))
        assert client.get(path, headers=held).status_code == 200
    tag = client.get("/v1/reports").headers["etag"]
    assert client.get(f"/v1/reports/{uuid4()}", headers={"if-none-match": tag}).status_code == 404


def test_a_reports_etag_lives_on_until_that_report_changes(desk: Desk, client: TestClient) -> None:
    report, other = desk.open(), desk.open()
    path = f"/v1/reports/{report}"
    first = client.get(path)
    held = {"if-none-match": f'"other", W/{first.headers["etag"]}'}
    desk.publish(disposed(other), CaseRejected(time=NOW, subject=uuid4(), reason="spam", received_at=NOW))
    again = client.get(path, headers=held)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert again.headers["cache-control"] == first.headers["cache-control"] == "no-cache"
    desk.publish(disposed(report))
    changed = client.get(path, headers=held)
    assert (changed.status_code, changed.json()["status"]) == (200, "disposed")
    assert changed.headers["etag"] != first.headers["etag"]
    desk.publish(CaseHidden(time=NOW, subject=report, reason="privat"))
    for known in (first.headers["etag"], changed.headers["etag"], "*"):
        assert client.get(path, headers={"if-none-match": known}).status_code == 410


def _lasting(answer: httpx2.Response) -> list[tuple[str, str]]:
    """All headers but the request's own."""
    return [each for each in answer.headers.multi_items() if each[0] != "x-request-id"]


def test_a_report_is_the_same_in_each_spelling_of_its_address(desk: Desk, client: TestClient) -> None:
    report = str(desk.open())
    plain = client.get(f"/v1/reports/{report}")
    for path in (report.upper(), f"{report}?"):
        answer = client.get(f"/v1/reports/{path}")
        assert (answer.content, answer.headers["etag"]) == (plain.content, plain.headers["etag"])
        assert _lasting(answer) == _lasting(plain)
        held = {"if-none-match": plain.headers["etag"]}
        known = [client.get(f"/v1/reports/{each}", headers=held) for each in (report, path)]
        assert [each.status_code for each in known] == [304, 304]
        assert _lasting(known[0]) == _lasting(known[1])
    assert "x-request-id" in plain.headers
    head = client.head(f"/v1/reports/{report}")
    assert (head.content, head.headers["etag"]) == (b"", plain.headers["etag"])
    assert client.get(f"/v1/reports/{report}?limit=1").status_code == 400


def test_changes_are_every_public_fact_in_order(desk: Desk, client: TestClient) -> None:
    first, second = desk.open(), desk.open()
    desk.publish(disposed(first), CaseHidden(time=NOW, subject=second, reason="spam"))
    page = client.get("/v1/changes?limit=3").json()
    assert [(fact["index"], fact["report"]) for fact in page["changes"]] == [
        (0, str(first)), (1, str(second)), (2, str(first)),
    ]  # fmt: skip
    assert page["changes"][0]["fact"]["what"] == "verified"
    assert page["changes"][1]["fact"] is None
    rest = client.get(page["next"]).json()
    assert [fact["fact"]["what"] for fact in rest["changes"]] == ["hidden"]
    end = client.get(rest["next"]).json()
    assert (end["changes"], end["next"], end["more"]) == ([], rest["next"], False)
    assert client.get("/v1/changes?cursor=-1").status_code == 400


def test_the_lists_of_the_region_are_there(client: TestClient) -> None:
    agencies = client.get("/v1/agencies").json()["agencies"]
    assert agencies[1] == {
        "id": "dpu", "name": "Dinas Pekerjaan Umum", "kind": "dinas", "parent": "kecil",
        "valid_from": "2000-01-01", "valid_to": None,
    }  # fmt: skip
    assert client.get("/v1/places").json()["places"][3]["code"] == "35.22.14.2003"
    categories = {each["code"]: each for each in client.get("/v1/categories").json()["categories"]}
    assert categories["pungli"]["clock"] == {"verify": 1, "respond": 2, "silence": 10}
    assert client.get("/v1/categories?x=1").status_code == 400


def test_the_calendar_explains_a_deadline(client: TestClient) -> None:
    body = client.get("/v1/calendar?from=2026-12-23&days=2").json()
    assert (body["from"], body["days"], body["due"]) == ("2026-12-23", 2, "2026-12-29")
    assert [day["date"] for day in body["skipped"]] == ["2026-12-24", "2026-12-25", "2026-12-26", "2026-12-27"]
    assert body["skipped"][0]["why"] == "Cuti bersama Natal"
    assert body["skipped"][2]["why"] == "weekend"
    for query in ("", "from=2026-12-23&days=0", "from=99999-01-01", "from=9999-12-31", "from=2026-13-01&days=1", "a=1"):
        assert client.get(f"/v1/calendar?{query}").status_code == 400, query


def test_the_openapi_document_tells_of_every_answer(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    listed = document["paths"]["/v1/reports"]["get"]
    assert {each["name"] for each in listed["parameters"]} >= {"category", "agency", "q", "bbox", "limit", "cursor"}
    assert set(listed["responses"]) >= {"200", "400"}
    assert "422" not in listed["responses"]
    content = listed["responses"]["200"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/Reports"}
    refused = listed["responses"]["400"]["content"]["application/problem+json"]["schema"]
    assert refused == {"$ref": "#/components/schemas/Problem"}
    assert set(document["paths"]["/v1/reports/{id}"]["get"]["responses"]) >= {"200", "404", "410"}


def test_words_are_found_whatever_unseen_characters_were_copied_with_them(desk: Desk, client: TestClient) -> None:
    report = desk.open("Jembatan putus di Sukorejo")
    for q in ("\ufeffjembatan", "jem\u200bbatan putus", "jembatan\u202c"):
        assert [each["id"] for each in client.get("/v1/reports", params={"q": q}).json()["reports"]] == [str(report)]
    assert client.get("/v1/reports", params={"q": "\u200b"}).json()["reports"] == []
