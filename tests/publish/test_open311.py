"""The Open311 face, reading side, as the specification says and as its clients expect."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from xml.etree.ElementTree import Element, fromstring

import httpx2
from starlette.testclient import TestClient

from contracts.events import CaseHidden
from contracts.region import Region
from services.publish.app import create_app
from services.publish.settings import Settings
from tests.publish.conftest import NOW, Desk, closed, disposed, opened

BASE = "/open311/v2"


def parse(body: bytes) -> Element:
    return fromstring(body)  # noqa: S314  # our own


def ids(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [request["service_request_id"] for request in answer.json()]


def fields(element: Element) -> dict[str, str | None]:
    return {child.tag: child.text for child in element}


def test_discovery_says_where_and_in_which_formats(client: TestClient) -> None:
    body = client.get(f"{BASE}/discovery.json").json()
    assert body["endpoints"] == [
        {
            "specification": "http://wiki.open311.org/GeoReport_v2",
            "url": "http://pendapa.example/open311/v2",
            "changeset": body["changeset"],
            "type": type,
            "formats": ["text/xml", "application/json"],
        }
        for type in ("production", "production")
    ]
    xml = parse(client.get(f"{BASE}/discovery.xml").content)
    assert [each.text for each in xml.findall("endpoints/endpoint/formats/format")] == [
        "text/xml",
        "application/json",
    ] * 2
    assert xml.findtext("contact") == body["contact"] == "halo@kecil.example, +62811000000"


def test_services_are_the_categories(client: TestClient) -> None:
    body = client.get(f"{BASE}/services.json").json()
    assert body[0] == {
        "service_code": "jalan-rusak",
        "service_name": "Jalan rusak",
        "description": "Jalan berlubang atau rusak.",
        "keywords": "jalan rusak, jalan berlubang, aspal",
        "group": "Infrastruktur",
        "metadata": False,
        "type": "realtime",
    }
    xml = parse(client.get(f"{BASE}/services.xml").content)
    assert [each.findtext("service_code") for each in xml] == [each["service_code"] for each in body]
    assert xml.findtext("service/metadata") == "false"
    assert client.get(f"{BASE}/services/pungli.json").json() == {"service_code": "pungli", "attributes": []}
    assert client.get(f"{BASE}/services/no-such.json").json()[0]["code"] == 404


def test_a_request_says_the_same_in_both_formats(desk: Desk, client: TestClient) -> None:
    report = desk.open("Jalan <rusak> & berlubang", lat=-7.25, long=111.85)
    desk.publish(disposed(report))
    [body] = client.get(f"{BASE}/requests/{report}.json").json()
    assert body == {
        "service_request_id": str(report),
        "status": "open",
        "status_notes": None,
        "service_name": "Jalan rusak",
        "service_code": "jalan-rusak",
        "description": "Jalan <rusak> & berlubang",
        "agency_responsible": "Dinas Pekerjaan Umum",
        "service_notice": None,
        "requested_datetime": "2026-11-24T05:00:00.000Z",
        "updated_datetime": "2026-11-24T05:00:00.000Z",
        "expected_datetime": "2026-12-01T05:00:00.000Z",
        "address": "Sukorejo, Dander",
        "address_id": "35.22.14.2003",
        "zipcode": "62171",
        "lat": -7.25,
        "long": 111.85,
        "media_url": None,
    }
    answer = client.get(f"{BASE}/requests/{report}.xml")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    [request] = parse(answer.content)
    assert fields(request) == {name: None if value is None else str(value) for name, value in body.items()}


def test_a_closed_request_was_updated_when_it_was_closed(desk: Desk, client: TestClient) -> None:
    event = opened(received_at=NOW - timedelta(days=9))
    desk.publish(event, disposed(event.subject), closed(event.subject, NOW - timedelta(days=8)))
    [body] = client.get(f"{BASE}/requests/{event.subject}.json?extensions=true").json()
    assert (body["status"], body["status_notes"]) == ("closed", "Sudah ditambal")
    assert body["updated_datetime"] == "2026-11-16T05:00:00.000Z"
    assert body["extended_attributes"] == {
        "detailed_status": "closed",
        "kind": "complaint",
        "channel": "sms",
        "closure": "done",
        "place_code": "35.22.14.2003",
        "confidential": False,
        "duplicate_of": None,
        "reported_by": 1,
        "modified_datetime": "2026-11-24T05:00:00.000Z",
    }
    xml = parse(client.get(f"{BASE}/requests/{event.subject}.xml?extensions=true").content)
    assert xml.findtext("request/extended_attributes/detailed_status") == "closed"


def test_pages_meet_and_the_one_past_the_end_is_empty(desk: Desk, client: TestClient) -> None:
    desk.publish(*(opened(received_at=NOW - timedelta(hours=n // 3)) for n in range(10)))
    seen: list[str] = []
    for page in range(1, 5):
        answer = client.get(f"{BASE}/requests.json?page={page}&page_size=3")
        assert answer.headers["x-total-count"] == "10"
        seen += ids(answer)
    assert len(seen) == len(set(seen)) == 10
    assert seen == ids(client.get(f"{BASE}/requests.json"))
    past = client.get(f"{BASE}/requests.json?page=5&page_size=3")
    assert (past.json(), past.headers["x-total-count"]) == ([], "10")
    assert parse(client.get(f"{BASE}/requests.xml?page=999999999").content).tag == "service_requests"
    first = client.get(f"{BASE}/requests.json?page_size=3")
    address = "http://pendapa.example/open311/v2/requests.json?page_size=3&cursor="
    assert first.links["next"]["url"].startswith(address)
    assert first.links["last"]["url"].endswith("page=4")
    assert "prev" not in first.links
    assert "next" not in past.links


def test_a_request_that_is_hidden_between_two_pages_moves_no_other_out_of_sight(desk: Desk, client: TestClient) -> None:
    events = [opened(received_at=NOW - timedelta(hours=n)) for n in range(9)]
    desk.publish(*events)
    for format in ("json", "xml"):
        answer = client.get(f"{BASE}/requests.{format}?page_size=3&status=open&extensions=true")
        walked = answer.content
        desk.publish(CaseHidden(time=NOW, subject=events.pop(0).subject, reason="spam"))
        while "next" in answer.links:
            answer = client.get(answer.links["next"]["url"])
            walked += answer.content
        assert [str(event.subject) for event in events if str(event.subject).encode() not in walked] == []


def test_discovery_names_a_test_endpoint_only_if_there_is_one(
    desk: Desk, tiny_settings: Settings, region: Region
) -> None:
    url = "https://coba.pendapa.example/open311/v2"
    settings = tiny_settings.model_copy(update={"open311_test_url": url})
    with TestClient(create_app(settings, region)) as client:
        endpoints = client.get(f"{BASE}/discovery.json").json()["endpoints"]
    named = [(each["type"], each["url"]) for each in endpoints]
    assert named == [("production", "http://pendapa.example/open311/v2"), ("test", url)]


def test_every_request_is_found_by_walking_windows_back(desk: Desk, client: TestClient) -> None:
    desk.publish(*(opened(received_at=NOW - timedelta(days=n * 17 + 3000)) for n in range(50)))
    url: str | None = f"{BASE}/requests.json?page_size=4"
    seen: list[str] = []
    while url:
        answer = client.get(url)
        seen += ids(answer)
        url = answer.links.get("next", answer.links.get("prev-archive", {})).get("url")
    assert len(seen) == len(set(seen)) == 50


def test_windows_are_half_open_and_of_90_days(desk: Desk, client: TestClient) -> None:
    moments = [NOW - timedelta(days=days) for days in (0, 89, 90, 91, 200)]
    events = [opened(received_at=at) for at in moments]
    desk.publish(*events)
    names = {str(event.subject): n for n, event in enumerate(events)}

    def found(**query: str) -> list[int]:
        return [names[id] for id in ids(client.get(f"{BASE}/requests.json", params=query))]

    def written(at: datetime) -> str:
        return at.isoformat()

    assert found() == [0, 1, 2]
    assert found(start_date=written(moments[2])) == [1, 2]  # up to 90 days later, which is the newest one's moment
    assert found(end_date=written(moments[0])) == [1, 2]
    assert found(start_date=written(moments[3]), end_date=written(moments[2])) == [3]
    assert found(start_date=written(moments[0]), end_date=written(moments[0])) == []
    assert found(start_date="2026-11-24T12:00:00 07:00") == [0]
    assert found(start_date="2026-11-24T12:00:00.000") == [0]
    assert found(start_date="2026-11-24") == [0]
    assert found(updated_after="2026-11-24T05:00:00Z") == [0, 1, 2, 3, 4]
    assert found(updated_before="2026-11-24T05:00:00Z") == []


def test_each_filter_finds_its_own(desk: Desk, client: TestClient) -> None:
    road = desk.open("Jalan rusak", lat=-7.25, long=111.85)
    health = desk.open("Antri obat", category="kesehatan", place=None, lat=-7.26, long=111.85)
    desk.publish(closed(health))

    def found(query: str) -> set[str]:
        return set(ids(client.get(f"{BASE}/requests.json?{query}")))

    both = {str(road), str(health)}
    assert found("service_code=kesehatan") == {str(health)}
    assert found("service_code=kesehatan,jalan-rusak") == both
    assert found("status=open") == {str(road)}
    assert found("status=closed") == {str(health)}
    assert found("status=open,closed") == found("status=open&status=closed") == both
    assert found("service_code=kesehatan&service_code=jalan-rusak") == both
    assert found("q=obat") == {str(health)}
    assert found("lat=-7.25&long=111.85&radius=500") == {str(road)}
    assert found("lat=-7.25&long=111.85&radius=2000") == both
    assert found("bbox=111.8,-7.255,111.9,-7.2") == {str(road)}
    assert found("api_key=x&callback=y&jurisdiction_id=kecil.example&locale=id") == both
    assert found(f"service_request_id={road},{uuid4()},nonsense&status=closed&start_date=nonsense") == {str(road)}
    assert found("service_request_id=nonsense") == set()


REFUSED = (
    ("start_date=99999-01-01T00:00:00Z", 400),
    ("start_date=9999-12-01T00:00:00Z", 400),
    ("start_date=3024-12-01", 400),
    ("end_date=1024-12-01T00:00:00Z", 400),
    ("end_date=0001-01-02T00:00:00Z", 400),
    ("start_date=nonsense", 400),
    ("start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z", 400),
    ("start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", 400),
    ("status=acknowledged", 400),
    ("servicecode=jalan-rusak", 400),
    ("service_request_id=nonsense&stat%00us=open", 400),
    ("service_code=no-such", 404),
    ("service_code=jalan-rusak,%00", 404),
    ("page=0", 400),
    ("page=" + "9" * 50_000, 400),
    ("page_size=0", 400),
    ("page_size=1001", 400),
    ("lat=1", 400),
    ("lat=nan&long=1", 400),
    ("lat=1&long=2&radius=0", 400),
    ("bbox=1", 400),
    ("bbox=111.9,-7.255,111.8,-7.2", 400),
    ("updated_after=2026-02-01&updated_before=2026-01-01", 400),
    ("q=a&q=b", 400),
    ("cursor=nonsense", 400),
    ("cursor=" + "A" * 60, 404),
    ("service_request_id=" + "x," * 1001, 400),
    ("jurisdiction_id=elsewhere.example", 404),
)


def test_what_it_cannot_answer_is_refused_in_its_own_shape(client: TestClient) -> None:
    for query, status in REFUSED:
        as_json, as_xml = client.get(f"{BASE}/requests.json?{query}"), client.get(f"{BASE}/requests.xml?{query}")
        assert (as_json.status_code, as_xml.status_code) == (status, status), query[:100]
        [error] = as_json.json()
        assert (error["code"], bool(error["description"])) == (status, True)
        assert as_xml.headers["content-type"] == "text/xml; charset=utf-8"
        assert parse(as_xml.content).findtext("error/code") == str(status)


def test_what_is_not_there_is_404_in_the_asked_format(desk: Desk, client: TestClient) -> None:
    gone = desk.open()
    desk.publish(CaseHidden(time=NOW, subject=gone, reason="spam"))
    for path in (f"requests/{uuid4()}", f"requests/{gone}", "requests/%00", "services/no-such", "nowhere"):
        as_json, as_xml = client.get(f"{BASE}/{path}.json"), client.get(f"{BASE}/{path}.xml")
        assert (as_json.status_code, as_json.json()[0]["code"]) == (404, 404), path
        assert (as_xml.status_code, parse(as_xml.content).findtext("error/code")) == (404, "404"), path


def test_without_a_suffix_the_accept_header_decides_and_another_suffix_is_400(desk: Desk, client: TestClient) -> None:
    report: UUID = desk.open()
    for path in ("requests", f"requests/{report}", "services", "services/pungli", "discovery"):
        as_json = client.get(f"{BASE}/{path}", headers={"accept": "application/json"})
        assert (as_json.status_code, as_json.headers["content-type"][:16]) == (200, "application/json"), path
        assert client.get(f"{BASE}/{path}").headers["content-type"] == "text/xml; charset=utf-8"
        wrong = client.get(f"{BASE}/{path}.pdf")
        assert (wrong.status_code, wrong.headers["content-type"]) == (400, "text/xml; charset=utf-8"), path


def test_an_etag_holds_until_something_changes(desk: Desk, client: TestClient) -> None:
    desk.open()
    tag = client.get(f"{BASE}/requests.json").headers["etag"]
    assert client.get(f"{BASE}/requests.json", headers={"if-none-match": tag}).status_code == 304
    assert client.get(f"{BASE}/requests.xml", headers={"if-none-match": tag}).status_code == 200
    desk.open()
    assert client.get(f"{BASE}/requests.json", headers={"if-none-match": tag}).headers["x-total-count"] == "2"


def test_a_category_that_ended_is_no_service_and_its_requests_are_still_found(
    desk: Desk, tiny_settings: Settings, region: Region
) -> None:
    report = desk.open()
    ended = region.categories["jalan-rusak"].model_copy(update={"valid_to": date(2025, 12, 31)})
    with TestClient(
        create_app(tiny_settings, region.model_copy(update={"categories": {"jalan-rusak": ended}}))
    ) as client:
        assert client.get(f"{BASE}/services.json").json() == []
        assert client.get(f"{BASE}/services/jalan-rusak.json").status_code == 404
        assert ids(client.get(f"{BASE}/requests.json?service_code=jalan-rusak")) == [str(report)]
        assert client.get("/v1/reports?category=jalan-rusak").json()["reports"][0]["id"] == str(report)
        assert client.get("/v1/categories").json()["categories"][0]["valid_to"] == "2025-12-31"
