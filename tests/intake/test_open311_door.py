"""`POST /open311/v2/requests` and the tokens, as GeoReport v2 clients use them."""

import json
import xml.etree.ElementTree as ET

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from contracts.region import Region
from services.intake.app import create_app
from services.intake.handlers import ATTACHMENT, CONTACT, REPORT
from services.intake.settings import Settings
from tests.intake.conftest import FILING, NOBODY, OFFICIAL
from tests.intake.test_sms_door import all_of, events

FORM = {"service_code": "jalan-rusak", "lat": "-7.15", "long": "111.88", "description": "Jalan\r\nrusak"}
JSON, XML = "/open311/v2/requests.json", "/open311/v2/requests.xml"


def errors(client: TestClient, form: dict[str, str], url: str = JSON, **request: object) -> list[tuple[int, str]]:
    answer = client.post(url, data=form, **{"headers": FILING, **request})  # type: ignore[arg-type]
    pairs = [(error["code"], error["description"]) for error in answer.json()]
    assert {code for code, _ in pairs} == {answer.status_code}
    return pairs


def test_a_form_becomes_a_report(client: TestClient, rows: Engine) -> None:
    reporter = {"first_name": "Siti", "last_name": "Aminah", "phone": "0811000000", "email": "siti@example.org"}
    answer = client.post(JSON, data={**FORM, **reporter}, headers=FILING)
    assert answer.status_code == 200
    (receipt,) = answer.json()
    (report,) = all_of(rows, REPORT)
    assert receipt["service_request_id"] == report["id"]
    assert receipt["account_id"] is None
    assert receipt["report_code"] == report["code"]
    assert receipt["report_code"] in receipt["service_notice"]
    assert report["text"] == "Jalan\nrusak"
    assert all_of(rows, CONTACT)[0]["name"] == "Siti Aminah"
    assert b"Siti" not in events(rows)[0][1]


@pytest.mark.parametrize(
    "contact",
    [
        {"phone": "0811000000 / 0822000001", "email": "Siti <siti@example.org>"},
        {"phone": "0811000000 (WA Siti)", "email": "mailto:siti@example.org"},
        {"phone": "0811000000 atau 0822000001", "email": "siti@example.org, s2@example.org"},
        {"phone": "siti@example.org", "first_name": "Siti 0811000000"},
    ],
)
def test_a_contact_of_more_than_one_value_is_kept_as_sent_and_does_not_leave(
    client: TestClient, rows: Engine, contact: dict[str, str]
) -> None:
    words = "Jalan rusak, saya hub 0811000000 atau siti@example.org"
    assert client.post(JSON, data={**FORM, **contact, "description": words}, headers=FILING).status_code == 200
    (row,) = all_of(rows, CONTACT)
    assert {row["phone"], row["email"], row["name"]} - {None} == set(contact.values())
    ((_, body),) = events(rows)
    assert b"hub [nomor pelapor] atau [surel pelapor]" in body


def test_the_answer_in_xml_is_what_fixmystreet_reads(client: TestClient) -> None:
    answer = client.post(XML, data={**FORM, "jurisdiction_id": "kecil.example"}, headers=OFFICIAL)
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    id = ET.fromstring(answer.content).findtext("request/service_request_id")  # noqa: S314
    assert id
    assert len(id) == 36


def test_a_photo_is_kept_here(client: TestClient, rows: Engine) -> None:
    photo = {"media": ("lubang.jpg", b"\xff\xd8\xff\x00", "image/jpeg")}
    form = {**FORM, "media_url": ["https://example.org/1.jpg", "https://example.org/2.jpg"]}
    answer = client.post(JSON, data=form, files=photo, headers=FILING)
    assert answer.status_code == 200
    attachments = all_of(rows, ATTACHMENT)
    assert [row["url"] for row in attachments] == ["https://example.org/1.jpg", "https://example.org/2.jpg", None]
    assert bytes(attachments[2]["content"]) == b"\xff\xd8\xff\x00"


def test_a_photo_of_more_than_5_mib_is_too_large(client: TestClient, rows: Engine) -> None:
    photo = {"media": ("lubang.jpg", b"x" * (5 * 1024 * 1024 + 1), "image/jpeg")}
    answer = client.post(JSON, data=FORM, files=photo, headers=FILING)
    assert answer.status_code == 413
    assert answer.json()[0]["code"] == 413
    assert all_of(rows, REPORT) == []


@pytest.mark.parametrize(
    "place", [{"address_string": "Jl. Mawar 1"}, {"address_id": "35.22.14.2001"}, {"lat": "-7", "long": "1e2"}]
)
def test_one_location_is_enough(client: TestClient, place: dict[str, str]) -> None:
    assert client.post(JSON, data={"service_code": "jalan-rusak", **place}, headers=FILING).status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"service_code": "no-such"}, 404, "service_code"),
        ({"service_code": ""}, 400, "service_code"),
        ({"lat": "", "long": ""}, 400, "location"),
        ({"long": ""}, 400, "long"),
        ({"lat": "nan"}, 400, "lat"),
        ({"lat": "1_0"}, 400, "lat"),
        ({"lat": "9" * 1_000_000}, 400, "lat"),
        ({"lat": "91"}, 400, "lat"),
        ({"lat": "٧"}, 400, "lat"),
        ({"description": "x" * 4001}, 400, "description"),
        ({"jurisdiction_id": "elsewhere.example"}, 404, "jurisdiction_id"),
    ],
)
def test_an_error_in_a_form_is_answered_in_open311s_shape(
    client: TestClient, rows: Engine, change: dict[str, str], status: int, words: str
) -> None:
    pairs = errors(client, {**FORM, **change})
    assert pairs[0][0] == status
    assert words in pairs[0][1]
    xml = client.post(XML, data={**FORM, **change}, headers=FILING)
    assert ET.fromstring(xml.content).findtext("error/code") == str(status)  # noqa: S314
    assert all_of(rows, REPORT) == []


def test_the_jurisdiction_may_stand_in_the_query(client: TestClient) -> None:
    assert errors(client, FORM, JSON + "?jurisdiction_id=elsewhere.example")[0][0] == 404
    assert client.post(JSON + "?jurisdiction_id=kecil.example", data=FORM, headers=FILING).status_code == 200


@pytest.mark.parametrize("headers", [NOBODY, {}, {**FILING, "x-pendapa-role": "agency"}])
def test_without_a_key_it_is_403(client: TestClient, headers: dict[str, str]) -> None:
    assert errors(client, FORM, headers=headers)[0][0] == 403


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("POST", "/open311/v2/requests.yaml", 400, "text/xml"),
        ("PUT", "/open311/v2/requests.json", 405, "application/json"),
        ("GET", "/open311/v2/nothing.json", 404, "application/json"),
        ("GET", "/open311/v2/tokens/22222222.json", 404, "application/json"),
        ("GET", "/open311/v2/tokens/22222222.yaml", 400, "text/xml"),
        ("GET", "/open311/v2/tokens/%00.xml", 404, "text/xml"),
        ("GET", "/open311/v2/tokens/1.json?jurisdiction_id=elsewhere.example", 404, "application/json"),
    ],
)
def test_every_error_has_open311s_shape(client: TestClient, method: str, path: str, status: int, kind: str) -> None:
    answer = client.request(method, path, headers=FILING)
    assert answer.status_code == status
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data", b"nothing"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\ncontent-disposition: form-data; name=a\r\n\r\n\xff\r\n--x--",
        ),
        ("application/x-www-form-urlencoded", b"service_code=%ff%00&lat=%zz&\xff\xfe"),
        ("application/x-www-form-urlencoded; charset=klingon", b"service_code=x"),
        ("application/json", b"{}"),
        ("", b"\x00"),
    ],
)
def test_every_odd_body_gets_an_open311_error(client: TestClient, kind: str, body: bytes) -> None:
    answer = client.post(JSON, content=body, headers={**FILING, "content-type": kind})
    assert answer.status_code in {400, 404, 415}
    assert answer.json()[0]["code"] == answer.status_code


def test_a_body_that_is_no_form_is_415_and_says_what_is_taken(client: TestClient, rows: Engine) -> None:
    for url, start in ((JSON, '[{"code":415,'), (XML, "<?xml")):
        answer = client.post(url, json=FORM, headers=FILING)
        assert (answer.status_code, answer.text.startswith(start)) == (415, True)
        assert answer.headers["accept"] == "application/x-www-form-urlencoded, multipart/form-data"
    assert all_of(rows, REPORT) == []


def test_a_token_is_the_code_or_the_id(client: TestClient, rows: Engine) -> None:
    (receipt,) = client.post(JSON, data=FORM, headers=FILING).json()
    code, id = str(all_of(rows, REPORT)[0]["code"]), receipt["service_request_id"]
    for token in (code, code.lower(), id):
        (request,) = client.get(f"/open311/v2/tokens/{token}.json", headers=NOBODY).json()
        assert request["service_request_id"] == id


def test_a_form_of_more_fields_than_anybody_needs_is_refused(client: TestClient, rows: Engine) -> None:
    form = "&".join(f"{name}={value}" for name, value in FORM.items()) + "&a=b" * 200
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post(JSON, content=form, headers={**FILING, **kind})
    assert (answer.status_code, answer.json()[0]["description"]) == (400, "at most 200 fields")
    assert all_of(rows, REPORT) == []


def test_a_slash_too_many_names_no_address_of_ours(client: TestClient) -> None:
    answer = client.get(f"{JSON}/", headers={**FILING, "host": "evil.example"}, follow_redirects=False)
    assert (answer.status_code, answer.headers.get("location")) == (404, None)


FIELDS = b"service_code=jalan-rusak&lat=-7.15&long=111.88&description="
FORM_TYPE = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("description", "charset"),
    [
        (b"caf%E9 rusak", ""),
        (b"caf%C3%A9 rusak", ""),
        (b"cafe%CC%81 rusak", ""),
        (b"caf%E9 rusak", "; charset=iso-8859-1"),
        (b"caf%E9 rusak", '; charset="Windows-1252"'),
        (b"caf%E9 rusak", "; charset=utf-8"),
        (b"caf\xe9 rusak", ""),
        (b"caf\xc3\xa9 rusak", "; charset=UTF-8"),
        (b"%EF%BB%BFcaf%C3%A9 rusak", ""),
    ],
)
def test_a_form_in_another_charset_keeps_its_letters(
    client: TestClient, rows: Engine, description: bytes, charset: str
) -> None:
    headers = {**FILING, "content-type": FORM_TYPE + charset}
    assert client.post(JSON, content=FIELDS + description, headers=headers).status_code == 200
    assert all_of(rows, REPORT)[0]["text"] == "café rusak"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (b"\x93caf\xe9\x94", b""),
        ("“café”".encode(), b""),
        (b"\x93caf\xe9\x94", b"\r\nContent-Type: text/plain; charset=windows-1252"),
        ("“café”".encode("utf-16"), b"\r\nContent-Type: text/plain; charset=utf-16"),
        ("“café”".encode("utf-16-le"), b"\r\nContent-Type: text/plain; charset=UTF-16LE"),
        ("“café”".encode(), b"\r\nContent-Type: text/plain; charset=utf-16-be"),  # not what was sent: an odd byte
    ],
)
def test_a_multipart_form_in_another_charset_keeps_its_letters(
    client: TestClient, rows: Engine, words: bytes, part: bytes
) -> None:
    fields = [(b"service_code", b"jalan-rusak", b""), (b"address_id", b"Dander", b""), (b"description", words, part)]
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n' % (name, type, value)
        for name, value, type in fields
    )
    headers = {**FILING, "content-type": "multipart/form-data; boundary=x"}
    assert client.post(JSON, content=body + b"--x--\r\n", headers=headers).status_code == 200
    assert all_of(rows, REPORT)[0]["text"] == "“café”"


@pytest.mark.parametrize(
    ("description", "charset", "word"),
    [
        (b"caf%E9%81", "", "description"),
        (b"caf", "; charset=utf-7", "charset"),
        (b"caf", "; charset=klingon", "charset"),
    ],
)
def test_a_form_that_cannot_be_decoded_is_refused_by_name(
    client: TestClient, rows: Engine, description: bytes, charset: str, word: str
) -> None:
    headers = {**FILING, "content-type": FORM_TYPE + charset}
    answer = client.post(JSON, content=FIELDS + description, headers=headers)
    assert answer.status_code == 400
    assert word in answer.json()[0]["description"]
    assert all_of(rows, REPORT) == []


@pytest.mark.parametrize(("lat", "long"), [("0", "0"), ("111.88", "-7.15"), ("-7.9", "111.88")])
def test_a_point_outside_the_region_is_refused_for_officials_and_left_out_for_residents(
    settings: Settings, region: Region, rows: Engine, lat: str, long: str
) -> None:
    here = region.model_copy(update={"bbox": (111.4, -7.65, 112.2, -6.95)})
    form = {**FORM, "lat": lat, "long": long}
    with TestClient(create_app(settings, here)) as client:
        assert errors(client, form, headers=OFFICIAL)[0][0] == 400
        assert client.post(JSON, data=form, headers=FILING).status_code == 200
    ((_, body),) = events(rows)
    assert (json.loads(body).get("lat"), json.loads(body).get("long")) == (None, None)
