"""`POST /v1/reports`: durable before the answer, idempotent by source, strict, no reporter in any answer."""

import json

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
    assert receipt["url"] == f"/v1/reports/{receipt['id']}"
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
    assert event_data["elsewhere"] == {
        "agency": "dpu",
        "closed_at": "2015-03-05T01:00:00Z",
        "closure": "done",
        "response": None,
    }
    assert str(all_of(rows, OUTBOX)[1]["time"]) == "2015-03-01 01:00:00+00:00"


def test_confidential_may_be_asked_by_anyone_and_refused_by_an_official_only(client: TestClient, rows: Engine) -> None:
    requests = [(True, FILING), (False, FILING), (False, OFFICIAL)]
    for confidential, who in requests:
        post(client, {"text": "Jalan rusak", "confidential": confidential}, who)
    assert [json.loads(body)["confidential"] for _, body in events(rows)] == [True, None, False]


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
        ({"text": "a\x00b"}, "/text"),
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
        ({"text": "x", "closure": "done", "closed_at": "2998-01-01T00:00:00Z"}, "/closed_at"),
        ({"text": "x", "closure": "done"}, "/closed_at"),
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
    "words", ["🚧🚧", "طريق مكسور", "a\u202eb", "'; DROP TABLE report; --", '=HYPERLINK("x")', "a\x07b", "x" * 4000]
)
def test_odd_words_are_kept_as_they_are(client: TestClient, rows: Engine, words: str) -> None:
    assert post(client, {"text": words})[0] == 202
    assert all_of(rows, REPORT)[0]["text"] == words.replace("\x07", "")


def test_an_official_may_file_a_long_text(client: TestClient) -> None:
    assert post(client, {"text": "x" * 20_000}, OFFICIAL)[0] == 202
    assert post(client, {"text": "x" * 20_001}, OFFICIAL)[0] == 422


def test_the_door_is_described_with_the_regions_own_categories(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    body = described["components"]["schemas"]["NewReport"]
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
