"""`POST /v1/reports`: durable before the answer, idempotent by source, strict, no reporter in any answer."""

import json
from collections.abc import Iterator
from datetime import date

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from contracts.region import Region
from kit.outbox import OUTBOX
from services.intake.app import create_app
from services.intake.handlers import CONTACT, REPORT
from services.intake.rest import OFFICIAL_ONLY
from services.intake.settings import Settings
from tests.intake.conftest import FILING, NOBODY, OFFICIAL, at_once
from tests.intake.test_sms_door import all_of, events

HISTORY = {
    "received_at": "2015-03-01T08:00:00+07:00",
    "agency": "dpu",
    "closed_at": "2015-03-05T01:00:00Z",
    "closure": "done",
    "reviewed": True,
    "unsure": True,
    "verified_at": "2015-03-02T01:00:00Z",
    "due_at": "2015-03-04T01:00:00Z",
    "response": {"text": "Sudah ditambal", "at": "2015-03-03T01:00:00Z", "acted": True, "agency": "dinkes"},
}


def post(client: TestClient, body: object, headers: dict[str, str] = FILING) -> tuple[int, dict[str, object]]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = client.post("/v1/reports", content=content, headers={**headers, "content-type": "application/json"})
    kind = "application/json" if answer.status_code == 202 else "application/problem+json"
    assert answer.headers["content-type"] == kind, answer.text
    return answer.status_code, answer.json()


def test_a_report_is_accepted_with_an_id_and_a_code(client: TestClient, rows: Engine) -> None:
    status, receipt = post(client, {"text": "Jalan rusak", "category": "jalan-rusak", "lat": -7, "long": 111.9})
    assert status == 202
    assert receipt["url"] == f"/v1/follow/{receipt['token']}"
    (report,) = all_of(rows, REPORT)
    assert (report["id"], report["code"], report["lat"]) == (receipt["id"], receipt["code"], -7.0)


def test_nothing_that_leaves_intake_names_the_reporter(client: TestClient, rows: Engine) -> None:
    status, receipt = post(
        client,
        {
            "text": "Saya Siti Aminah (0811-000-000, siti@example.org). Balas ke +62 811 000 000, SITI.",
            "place": "rumah Siti",
            "address": "Jl. Mawar, tanya Bu Aminah",
            "contact": {"phone": "0811 000 000", "email": "siti@example.org", "name": "Siti Aminah"},
        },
    )
    assert status == 202
    ((_, body),) = events(rows)
    left = body.decode().casefold() + json.dumps(receipt).casefold()
    for secret in ("siti", "aminah", "0811", "811 000", "811-000", "example.org"):
        assert secret not in left
    assert [(row["phone"], row["email"], row["name"]) for row in all_of(rows, CONTACT)] == [
        ("+62811000000", "siti@example.org", "Siti Aminah")
    ]


def test_the_same_source_at_once_and_again_is_the_same_report(app: FastAPI, rows: Engine) -> None:
    body = {"text": "Jalan rusak", "source": {"name": "lapor", "id": "77"}}
    answers = at_once(app, 20, "POST", "/v1/reports", json=body, headers=FILING)
    [other] = at_once(app, 1, "POST", "/v1/reports", json={**body, "text": "Lain"}, headers=FILING)
    assert {answer.status_code for answer in [*answers, other]} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert other.json() == answers[0].json() | {"differs": True}
    assert len(all_of(rows, REPORT)) == len(events(rows)) == 1


def test_a_commit_that_fails_is_never_accepted(app: FastAPI, rows: Engine) -> None:
    from sqlalchemy.engine import Engine as AnyEngine

    def fail(_: object) -> None:
        raise RuntimeError("the disk is full of +62811000000")

    event.listen(AnyEngine, "commit", fail)
    try:
        answers = at_once(app, 3, "POST", "/v1/reports", json={"text": "Jalan rusak"}, headers=FILING)
    finally:
        event.remove(AnyEngine, "commit", fail)
    assert {answer.status_code for answer in answers} == {500}
    assert all("811" not in answer.text for answer in answers)
    assert all_of(rows, REPORT) == []
    assert at_once(app, 1, "POST", "/v1/reports", json={"text": "Jalan rusak"}, headers=FILING)[0].status_code == 202


def test_a_bad_companion_in_the_same_commit_harms_nobody(app: FastAPI, rows: Engine) -> None:
    answers = at_once(app, 30, "POST", "/v1/reports", json={"text": "Jalan rusak"}, headers=FILING)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == len(all_of(rows, REPORT)) == 30


def test_only_the_official_key_brings_history(client: TestClient, rows: Engine) -> None:
    for name, value in HISTORY.items():
        assert post(client, {"text": "Jalan rusak", name: value})[0] == 403
    assert all_of(rows, REPORT) == []
    assert post(client, {"text": "Jalan rusak", **dict.fromkeys(HISTORY)})[0] == 202
    assert post(client, {"text": "Jalan rusak", **HISTORY}, OFFICIAL)[0] == 202
    (_, (_, body)) = events(rows)
    event_data = json.loads(body)
    assert event_data["official"] is True
    told = {name: value for name, value in event_data["elsewhere"].items() if value is not None}
    given = ("agency", "verified_at", "due_at", "response", "closed_at", "closure")
    assert told == {name: HISTORY[name] for name in given}
    assert (event_data["reviewed"], event_data["unsure"]) == (True, True)
    assert str(all_of(rows, OUTBOX)[1]["time"]) == "2015-03-01 01:00:00+00:00"


def test_confidential_may_be_asked_by_anyone_and_refused_by_an_official_only(client: TestClient, rows: Engine) -> None:
    requests = [(True, FILING), (False, FILING), (False, OFFICIAL)]
    for confidential, who in requests:
        post(client, {"text": "Jalan rusak", "confidential": confidential}, who)
    assert [json.loads(body)["confidential"] for _, body in events(rows)] == [True, None, False]


def test_only_an_official_can_have_reviewed_and_says_so(client: TestClient, rows: Engine) -> None:
    for more, who in (({}, FILING), ({}, OFFICIAL), ({"reviewed": False}, OFFICIAL), ({"reviewed": True}, OFFICIAL)):
        assert post(client, {"text": "Jalan rusak", **more}, who)[0] == 202
    assert [json.loads(body)["reviewed"] for _, body in events(rows)] == [None, False, False, True]


def test_a_day_of_receipt_makes_history_even_if_nothing_else_is_told(client: TestClient, rows: Engine) -> None:
    for body in ({}, {"received_at": "2015-03-01T08:00:00Z"}, {"agency": "dpu"}):
        assert post(client, {"text": "Jalan rusak", **body}, OFFICIAL)[0] == 202
    assert [json.loads(body)["elsewhere"] is None for _, body in events(rows)] == [True, False, False]


def test_a_response_without_a_time_was_given_at_the_close_and_names_no_reporter(
    client: TestClient, rows: Engine
) -> None:
    body = {
        "text": "Jalan rusak",
        "contact": {"name": "Siti Aminah", "phone": "0811000000"},
        "received_at": "2015-03-01T08:00:00Z",
        "response": {"text": "Terima kasih Ibu Siti Aminah (0811000000)"},
    }
    post(client, {**body, "closed_at": "2015-03-05T01:00:00Z"}, OFFICIAL)
    post(client, body, OFFICIAL)
    responses = [json.loads(body)["elsewhere"]["response"] for _, body in events(rows)]
    assert [each["at"] for each in responses] == ["2015-03-05T01:00:00Z", "2015-03-01T08:00:00Z"]
    assert "Siti" not in str(responses)
    assert "0811" not in str(responses)


def test_a_key_is_needed(client: TestClient) -> None:
    assert post(client, {"text": "Jalan rusak"}, {})[0] == 401
    assert post(client, {"text": "Jalan rusak"}, NOBODY)[0] == 401
    assert post(client, {"text": "Jalan rusak"}, {**FILING, "x-pendapa-gateway": "guess"})[0] == 403
    assert post(client, {"text": "Jalan rusak"}, {**FILING, "x-pendapa-role": "agency"})[0] == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": " \n\t"}, "/text"),
        ({"text": "\u200b\ufeff \u2060"}, "/text"),
        ({"text": "\u2800\u3164\ufe0f"}, "/text"),
        ({"text": "\U000e0041\U000e0042"}, "/text"),
        ({"text": "x", "place": "\u200e\u200f"}, "/place"),
        ({"text": "x", "address": "\u202a\u202c"}, "/address"),
        ({"text": "x", "contact": {"name": "\u00ad"}}, "/contact/name"),
        ({"text": "x", "source": {"name": "lapor", "id": "\ufeff"}}, "/source/id"),
        ({"text": "\x00\x01"}, "/text"),
        ({"text": "a" * 4001}, "/text"),
        ({"text": 5}, "/text"),
        ({"text": "x", "lat": True, "long": 1}, "/lat"),
        ({"text": "x", "lat": -7.1, "long": False}, "/long"),
        ({"text": "x", "lat": "-7.1", "long": 1}, "/lat"),
        ({"text": "x", "lat": 90.1, "long": 1}, "/lat"),
        ({"text": "x", "lat": 1, "long": -180.5}, "/long"),
        ({"text": "x", "lat": 1}, "/long"),
        ({"text": "x", "lat": 10**400, "long": 1}, "/lat"),
        ({"text": "x", "kind": "rant"}, "/kind"),
        ({"text": "x", "category": "no-such"}, "/category"),
        ({"text": "x", "agency": "no-such"}, "/agency"),
        ({"text": "x", "place": "a" * 201}, "/place"),
        ({"text": "x", "phone": "0811000000"}, "/phone"),
        ({"text": "x", "anonymous": 1}, "/anonymous"),
        ({"text": "x", "contact": {"phone": "+620"}}, "/contact/phone"),
        ({"text": "x", "contact": {"phone": "call me"}}, "/contact/phone"),
        ({"text": "x", "contact": {"email": "a@b"}}, "/contact/email"),
        ({"text": "x", "contact": {"nik": "1"}}, "/contact/nik"),
        ({"text": "x", "source": {"name": "lapor"}}, "/source/id"),
        ({"text": "x", "received_at": "2026-11-24T05:00:00"}, "/received_at"),
        ({"text": "x", "received_at": "99999-01-01T00:00:00Z"}, "/received_at"),
        ({"text": "x", "received_at": "0001-01-01T00:00:00+14:00"}, "/received_at"),
        ({"text": "x", "received_at": "9999-12-31T23:59:59-12:00"}, "/received_at"),
        ({"text": "x", "received_at": "2998-01-01T00:00:00Z"}, "/received_at"),
        ({"text": "x", "received_at": 1790000000}, "/received_at"),
        ({"text": "x", "received_at": "1970-01-01T00:00:00+23:59"}, "/received_at"),
        ({"text": "x", "received_at": "1024-06-01T00:00:00Z"}, "/received_at"),
        ({"text": "x", "received_at": "3024-06-01T00:00:00Z"}, "/received_at"),
        ({"text": "x", "received_at": "2015-03-01T00:00:00Z", "closed_at": "2015-02-28T23:59:59Z"}, "/closed_at"),
        ({"text": "x", "received_at": "2015-03-01T00:00:00+07:00", "closed_at": "2015-02-28T16:59:59Z"}, "/closed_at"),
        ({"text": "x", "received_at": "2015-03-01T00:00:00Z", "closed_at": "1015-03-02T00:00:00Z"}, "/closed_at"),
        ({"text": "x", "closed_at": "2015-03-01T00:00:00Z"}, "/closed_at"),
        ({"text": "x", "closure": "done", "closed_at": "2998-01-01T00:00:00Z"}, "/closed_at"),
        ({"text": "x", "closure": "done"}, "/closed_at"),
        ({"text": "x", "verified_at": "2998-01-01T00:00:00Z"}, "/verified_at"),
        ({"text": "x", "received_at": "2020-01-02T00:00:00Z", "verified_at": "2020-01-01T00:00:00Z"}, "/verified_at"),
        ({"text": "x", "received_at": "2020-01-02T00:00:00Z", "due_at": "2020-01-01T00:00:00Z"}, "/due_at"),
        ({"text": "x", "closed_at": "2020-01-02T00:00:00Z", "verified_at": "2020-01-03T00:00:00Z"}, "/closed_at"),
        ({"text": "x", "response": {"text": "y", "at": "2998-01-01T00:00:00Z"}}, "/response/at"),
        ({"text": "x", "response": {"text": "y" * 20_001}}, "/response/text"),
        ({"text": "x", "response": {"text": " "}}, "/response/text"),
        (
            {
                "text": "x",
                "verified_at": "2020-01-02T00:00:00Z",
                "response": {"text": "y", "at": "2020-01-01T00:00:00Z"},
            },
            "/response/at",
        ),
        ({"text": "x", "import": 0}, "/import"),
        ({"text": "x", "import": "7"}, "/import"),
        ({"text": "x", "reviewed": "yes"}, "/reviewed"),
        ({"text": "x", "closure": "fixed", "closed_at": "2026-01-01T00:00:00Z"}, "/closure"),
    ],
)
def test_an_error_names_its_pointer(client: TestClient, body: dict[str, object], pointer: str) -> None:
    official = not body.keys().isdisjoint(OFFICIAL_ONLY)
    status, problem = post(client, body, OFFICIAL if official else FILING)
    assert status == 422
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert pointer in [error["pointer"] for error in errors]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"text=x",
        b'{"text": "x"',
        b'{"text": "\xff\xfe"}',
        b'{"text": "a\x00b"}',
        b'{"text": "\\ud800"}',
        b'{"text": "x", "lat": ' + b"9" * 1_000_000 + b', "long": 1}',
        b'{"text": ' + b"9" * 1_000_000 + b"}",
        b"[" * 100_000,
        b'{"text":' * 10_000,
        b"null",
        b"[]",
    ],
)
def test_a_body_that_cannot_be_read_gets_a_problem_document(client: TestClient, body: bytes) -> None:
    status, problem = post(client, body)
    assert status in {400, 422}
    assert problem["type"] in {"/problems/unreadable-body", "/problems/invalid-request"}


@pytest.mark.parametrize(
    "words", ["🚧🚧", "طريق مكسور", "❤️ 👩🏽", "'; DROP TABLE report; --", '=HYPERLINK("x")', "a\x07b", "x" * 4000]
)
def test_odd_words_are_kept_as_they_are(client: TestClient, rows: Engine, words: str) -> None:
    assert post(client, {"text": words})[0] == 202
    assert all_of(rows, REPORT)[0]["text"] == words.replace("\x07", "")


def test_an_official_may_file_a_long_text(client: TestClient) -> None:
    assert post(client, {"text": "x" * 20_000}, OFFICIAL)[0] == 202
    assert post(client, {"text": "x" * 20_001}, OFFICIAL)[0] == 422


def test_the_door_is_described_with_the_regions_own_categories(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    body = described["components"]["schemas"]["Filing"]
    assert "pungli" in body["properties"]["category"]["anyOf"][0]["enum"]
    assert "dpu" in body["properties"]["agency"]["anyOf"][0]["enum"]
    assert {"202", "400", "401", "403", "422"} <= described["paths"]["/v1/reports"]["post"]["responses"].keys()


def test_a_worker_beside_the_app_counts_for_its_readiness(settings: Settings, region: Region) -> None:
    def worker() -> None:
        raise RuntimeError("there is no worker")

    with TestClient(create_app(settings, region, [worker])) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text.startswith("not ready: worker\nworker: RuntimeError, since ")


@pytest.mark.parametrize(
    "words", ["\ufeffjalan rusak", "jalan\u200b rusak\u200f", "\u202ajalan rusak\u202c", "ja\u00adlan\u2060 rusak"]
)
def test_format_characters_leave_every_text_at_the_door(client: TestClient, rows: Engine, words: str) -> None:
    body = {"text": words, "place": words, "address": words, "contact": {"name": words}}
    assert post(client, body | {"source": {"name": words, "id": words}})[0] == 202
    (report,), (contact,) = all_of(rows, REPORT), all_of(rows, CONTACT)
    kept = [report["text"], report["place"], report["address"], contact["name"], report["source_id"]]
    assert [*kept, report["source"]] == ["jalan rusak"] * 5 + ["key/filing/jalan rusak"]


def test_a_text_of_which_nothing_can_be_seen_is_told_so(client: TestClient) -> None:
    for text in ("\u200b", "\U000e0041"):
        _, problem = post(client, {"text": text})
        assert str(problem["errors"][0]["detail"]).lower().startswith("nothing in it can be seen")  # type: ignore[index]


def test_a_report_may_be_closed_in_the_moment_it_was_received(client: TestClient) -> None:
    at = "2015-03-01T08:00:00+07:00"
    assert post(client, {"text": "x", "received_at": at, "closed_at": "2015-03-01T01:00:00Z"}, OFFICIAL)[0] == 202


HERE, AT_THE_BORDER, FAR_OUT, NULL_ISLAND = (-7.15, 111.88), (-7.68, 111.9), (-7.75, 111.9), (0, 0)
SWAPPED, WITHOUT_MINUS = (111.88, -7.15), (7.15, 111.88)


@pytest.fixture
def bounded(settings: Settings, region: Region) -> Iterator[TestClient]:
    here = region.model_copy(update={"bbox": (111.4, -7.65, 112.2, -6.95)})
    with TestClient(create_app(settings, here), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("point", [FAR_OUT, NULL_ISLAND, SWAPPED, WITHOUT_MINUS])
def test_a_residents_point_outside_the_region_stays_in_intake(
    bounded: TestClient, rows: Engine, point: tuple[float, float]
) -> None:
    assert post(bounded, {"text": "Jalan rusak", "lat": point[0], "long": point[1]})[0] == 202
    ((_, body),) = events(rows)
    assert (json.loads(body).get("lat"), json.loads(body).get("long")) == (None, None)
    (report,) = all_of(rows, REPORT)
    assert (report["lat"], report["long"]) == point


@pytest.mark.parametrize("point", [HERE, AT_THE_BORDER])
def test_a_point_in_the_region_or_a_few_kilometres_from_it_is_kept(
    bounded: TestClient, rows: Engine, point: tuple[float, float]
) -> None:
    body = {"text": "Jalan rusak", "lat": point[0], "long": point[1]}
    assert [post(bounded, body, key)[0] for key in (FILING, OFFICIAL)] == [202, 202]
    assert {(json.loads(body)["lat"], json.loads(body)["long"]) for _, body in events(rows)} == {point}


@pytest.mark.parametrize(
    ("point", "pointers", "word"),
    [
        (FAR_OUT, ["/lat"], "outside the region"),
        (NULL_ISLAND, ["/lat", "/long"], "outside the region"),
        (WITHOUT_MINUS, ["/lat"], "outside the region"),
        (SWAPPED, ["/lat", "/long"], "swapped"),
        ((-97.0, 111.88), ["/lat"], "degrees from -90 to 90"),
    ],
)
def test_an_official_is_told_which_coordinate_is_outside_the_region(
    bounded: TestClient, point: tuple[float, float], pointers: list[str], word: str
) -> None:
    status, problem = post(bounded, {"text": "Jalan rusak", "lat": point[0], "long": point[1]}, OFFICIAL)
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert (status, [error["pointer"] for error in errors]) == (422, pointers)
    assert all(word in error["detail"] for error in errors)


def test_without_a_box_no_coordinates_are_refused(client: TestClient) -> None:
    assert post(client, {"text": "Jalan rusak", "lat": 0, "long": 0}, OFFICIAL)[0] == 202


def test_a_category_that_ended_is_for_the_reports_of_its_days(settings: Settings, region: Region) -> None:
    ended = region.categories["jalan-rusak"].model_copy(update={"valid_to": date(2015, 3, 1)})
    then = region.model_copy(update={"categories": {**region.categories, "jalan-rusak": ended}})
    body = {"text": "Jalan rusak", "category": "jalan-rusak"}
    with TestClient(create_app(settings, then)) as client:
        for key in (FILING, OFFICIAL):
            status, problem = post(client, body, key)
            assert (status, problem["errors"][0]["pointer"]) == (422, "/category")  # type: ignore[index]
        assert post(client, body | {"received_at": "2015-03-01T23:00:00+07:00"}, OFFICIAL)[0] == 202
        assert post(client, body | {"received_at": "2015-03-02T01:00:00+07:00"}, OFFICIAL)[0] == 422
        form = {"service_code": "jalan-rusak", "address_id": "35.22.14"}
        assert client.post("/open311/v2/requests.json", data=form, headers=FILING).status_code == 404
