"""Bad input gets a clear error in the caller's format, or is kept safely: no 500, and nothing acknowledged is lost."""

import json

import httpx2
import pytest

from tests.journey.system import System

LONG = "x" * 4001
NASTY = {
    "nul and control characters": "Jalan rusak\x00 di \x01\x1b desa Tapelan kecamatan Kapas",
    "emoji": "Jalan rusak 🕳️🚧 di desa Tapelan kecamatan Kapas",
    "right to left": "Jalan rusak \u202eكسر الطريق\u202c di desa Tapelan kecamatan Kapas",
    "sql": "'; DROP TABLE record; -- jalan rusak desa Tapelan kecamatan Kapas",
    "a formula": '=HYPERLINK("http://evil.example","jalan rusak") desa Tapelan kecamatan Kapas',
    "markup": "<script>alert(1)</script> ]]> & jalan rusak desa Tapelan kecamatan Kapas",
}


def problem(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[1]


@pytest.mark.parametrize("words", NASTY.values(), ids=NASTY.keys())
def test_odd_words_by_sms_are_kept_and_public(system: System, words: str) -> None:
    report = system.report_of(system.sms(f"BJN {words}", id=f"nasty-{hash(words)}-{system.footing}"))
    official = system.bearer("official")
    system.until(lambda: system.http.get(f"/agency/v1/reports/{report}", headers=official).is_success, 30, "in routing")
    if system.http.get(f"/v1/reports/{report}").status_code == 404:
        system.act(report, "verify", official)
    public = system.public(report)
    assert "jalan rusak" in public["text"].casefold()
    assert "\x00" not in public["text"]
    xml = system.http.get(f"/open311/v2/requests/{report}.xml")
    assert xml.status_code == 200
    assert httpx2.Response(200, content=xml.content).content == xml.content


@pytest.mark.parametrize("query", [b"text=%ff%fe%00%d8&coding=0", b"text=&coding=0", b"text=" + b"%41" * 4001])
def test_odd_bytes_from_kannel_are_answered(system: System, query: bytes) -> None:
    token = system.keys["channels"]["kannel"]
    url = f"/channels/kannel?token={token}&from=%2B62811000002&to=1708&id=odd-{len(query)}&" + query.decode()
    answer = system.http.get(url)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/plain")
    assert answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"\xff\xfe", 422),
        (b"[]", 422),
        (b'{"text": ""}', 422),
        (b'{"text": "   "}', 422),
        (json.dumps({"text": LONG}).encode(), 422),
        (b'{"text": "jalan rusak", "long": false, "lat": 1}', 422),
        (b'{"text": "jalan rusak", "lat": 91, "long": 0}', 422),
        (b'{"text": "jalan rusak", "lat": ' + b"9" * 1_000_000 + b', "long": 0}', 422),
        (b'{"text": "jalan rusak", "category": "no-such"}', 422),
        (b'{"text": "jalan rusak", "surprise": 1}', 422),
        (b'{"text": "jalan rusak", "contact": {"phone": "abc"}}', 422),
        (b'{"text": "' + b"x" * 10_000_000 + b'"}', 413),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_body_that_is_no_report_is_refused_clearly(system: System, body: bytes, status: int) -> None:
    answer = system.http.post("/v1/reports", content=body, headers=system.bearer("filing"))
    assert problem(answer)[0] in ({422, 400} if status == 422 else {status})


def test_filing_needs_a_key_that_may(system: System) -> None:
    assert problem(system.http.post("/v1/reports", json={"text": "jalan rusak"}))[0] == 401
    wrong = {"authorization": "Bearer nonsense"}
    assert problem(system.http.post("/v1/reports", json={"text": "jalan rusak"}, headers=wrong))[0] == 401
    history = {"text": "jalan rusak", "received_at": "99999-01-01T00:00:00Z"}
    assert problem(system.http.post("/v1/reports", json=history, headers=system.bearer("official")))[0] == 422


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=" + "9" * 5000,
        "cursor=nonsense",
        "surprise=1",
        "category=no-such",
        "agency=no-such",
        "status=no-such",
        "received_from=99999-01-01T00:00:00Z",
        "bbox=1,2,3",
        "bbox=a,b,c,d",
        "received_from=2026-02-30",
    ],
    ids=lambda value: value[:30],
)
def test_an_unknown_filter_or_value_is_refused(system: System, query: str) -> None:
    assert problem(system.http.get(f"/v1/reports?{query}"))[0] == 400


def test_an_unknown_address_is_404_in_the_requested_format(system: System) -> None:
    assert problem(system.http.get("/v1/reports/00000000-0000-4000-8000-000000000000"))[0] == 404
    assert problem(system.http.get("/v1/reports/nonsense"))[0] == 404
    assert problem(system.http.get("/nowhere"))[0] == 404
    assert problem(system.http.delete("/v1/reports"))[0] == 405
    for path in ("requests/00000000-0000-4000-8000-000000000000", "services/no-such", "tokens/NONESUCH", "nowhere"):
        as_json = system.http.get(f"/open311/v2/{path}.json")
        assert (as_json.status_code, as_json.json()[0]["code"]) == (404, 404), as_json.text
        as_xml = system.http.get(f"/open311/v2/{path}.xml")
        assert (as_xml.status_code, as_xml.headers["content-type"]) == (404, "text/xml; charset=utf-8")
        assert "<errors><error><code>404</code>" in as_xml.text.replace("\n", "")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("start_date=99999-01-01T00:00:00Z", 400),
        ("start_date=nonsense", 400),
        ("start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z", 400),
        ("start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", 400),
        ("status=acknowledged", 400),
        ("service_code=no-such", 404),
        ("page=0", 400),
        ("page_size=0", 400),
        ("jurisdiction_id=elsewhere.example", 404),
    ],
)
def test_open311_refuses_a_query_that_it_cannot_answer(system: System, query: str, status: int) -> None:
    for form in ("json", "xml"):
        answer = system.http.get(f"/open311/v2/requests.{form}?{query}")
        assert answer.status_code == status, answer.text
    assert system.http.get("/open311/v2/requests.pdf").status_code == 400


def test_an_open311_post_without_a_key_is_403_in_its_own_shape(system: System) -> None:
    form = {"service_code": "jalan-rusak", "description": "jalan rusak", "address_string": "Tapelan"}
    answer = system.http.post("/open311/v2/requests.json", data=form)
    assert (answer.status_code, answer.json()[0]["code"]) == (403, 403)
    keyed = {**form, "api_key": system.keys["filing"]}
    assert system.http.post("/open311/v2/requests.json", data={**keyed, "service_code": "no-such"}).status_code == 404
    assert system.http.post("/open311/v2/requests.json", data={**keyed, "description": LONG}).status_code == 400
    nowhere = {name: value for name, value in keyed.items() if name != "address_string"}
    assert system.http.post("/open311/v2/requests.xml", data=nowhere).status_code == 400
    accepted = system.http.post("/open311/v2/requests.json", data=keyed)
    assert accepted.status_code in (200, 201)
    assert accepted.json()[0]["service_request_id"]


@pytest.mark.parametrize(("member", "field"), [("category", "service_code"), ("place", "address_id")])
def test_a_place_and_a_category_that_nobody_knows_are_refused_alike_at_each_door(
    system: System, member: str, field: str
) -> None:
    unknown = "35.22.99.9999" if member == "place" else "no-such"
    where = "/v1/places" if member == "place" else "/v1/categories"
    body = {"text": "Jalan rusak", member: unknown}
    for key in ("filing", "official"):
        answer = system.http.post("/v1/reports", headers=system.bearer(key), json=body)
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["pointer"]) == (422, f"/{member}")
        assert where in error["detail"]
    table = {**system.bearer("official"), "content-type": "application/x-ndjson"}
    row = system.http.post("/v1/reports", headers=table, content=json.dumps(body)).text
    assert f"/{member}" in row
    assert where in row
    assert system.http.get("/v1/reports", params={member: unknown}).status_code == 400
    form = {"service_code": "jalan-rusak", "description": "jalan rusak", "address_id": "35.22.14", field: unknown}
    refused = system.http.post("/open311/v2/requests.json", data={**form, "api_key": system.keys["filing"]})
    assert (refused.status_code, refused.json()[0]["code"]) == (404, 404)
    assert field in refused.json()[0]["description"]
    report = system.report_of(system.sms("Mohon perhatian untuk kami semua", id=f"unknown-{member}"))
    held = system.until(lambda: _held(system, report), 60, "held")
    answer = system.act(held, "verify", system.bearer("official"), **{member: unknown})
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (422, "unknown-name")
    assert where in answer.json()["detail"]


def _held(system: System, report: str) -> str | None:
    answer = system.http.get(f"/agency/v1/reports/{report}", headers=system.bearer("official"))
    return report if answer.status_code == 200 and answer.json()["status"] == "held" else None
