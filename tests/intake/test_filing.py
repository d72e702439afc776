"""A filing that is sent again is one report: by its key, and of Open311 by what it says within ten minutes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from kit import clock
from kit.answered import ANSWERED
from kit.db import transaction
from services.intake import many
from services.intake.handlers import REPORT
from services.intake.repeats import FINGERPRINT
from services.intake.standings import STANDING
from tests.intake.conftest import FILING, OFFICIAL, at_once
from tests.intake.test_many import line
from tests.intake.test_open311_door import FORM, JSON, XML
from tests.intake.test_sms_door import all_of, events

KEY = {"idempotency-key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the clock to so many seconds after NOW."""

    def set_clock(seconds: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=seconds))

    set_clock(0)
    return set_clock


def test_the_same_key_at_once_and_again_is_one_report(app: FastAPI, rows: Engine) -> None:
    request: dict[str, Any] = {"json": {"text": "Jalan rusak"}, "headers": FILING | KEY}
    answers = [*at_once(app, 20, "POST", "/v1/reports", **request), *at_once(app, 1, "POST", "/v1/reports", **request)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({(answer.content, answer.headers["location"]) for answer in answers}) == 1
    assert sum(answer.headers.get("idempotency-replayed") == "true" for answer in answers) == 20
    assert len(all_of(rows, REPORT)) == len(events(rows)) == len(all_of(rows, ANSWERED)) == 1


def test_a_key_is_the_callers_own_and_for_one_request(client: TestClient, rows: Engine) -> None:
    def post(text: str, headers: dict[str, str]) -> Any:
        return client.post("/v1/reports", json={"text": text}, headers=headers | KEY)

    assert post("Jalan rusak", FILING).status_code == 202
    other = post("Jalan lain", FILING)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert post("Jalan lain", OFFICIAL).json()["outcome"] == "new"
    assert len(all_of(rows, REPORT)) == 2


@pytest.mark.parametrize("url", ["/v1/reports", JSON, "/v1/imports"])
def test_what_is_no_key_files_nothing(client: TestClient, rows: Engine, url: str) -> None:
    body: dict[str, Any] = {"data": FORM} if url == JSON else {"json": {"text": "Jalan rusak"}}
    answer = client.post(url, headers=OFFICIAL | {"idempotency-key": "a b"}, **body)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.text
    assert all_of(rows, REPORT) == []


def test_a_refused_report_may_be_mended_and_sent_with_its_key(client: TestClient) -> None:
    answers = [client.post("/v1/reports", json={"text": text}, headers=FILING | KEY) for text in ("", "Jalan rusak")]
    assert [answer.status_code for answer in answers] == [422, 202]


def test_each_line_with_a_key_is_filed_once_and_a_mended_body_needs_a_key_of_its_own(
    client: TestClient, rows: Engine
) -> None:
    headers = FILING | KEY | {"content-type": many.MEDIA_TYPE}
    body = line("satu") + line("") + line("satu")
    first, again = (client.post("/v1/reports", content=body, headers=headers) for _ in range(2))
    assert first.content == again.content
    assert [json.loads(each)["status"] for each in first.content.splitlines()] == [202, 422, 202]
    assert len(all_of(rows, REPORT)) == 2
    for other in ((line("dua"), headers), (body, headers | {"content-type": "application/json"})):
        answer = client.post("/v1/reports", content=other[0], headers=other[1])
        assert answer.status_code in (400, 422), answer.text
    lines = {"content-type": many.MEDIA_TYPE, "idempotency-key": "b"}
    assert client.post("/v1/reports", content=line("tiga"), headers=FILING | lines).status_code == 200
    single = client.post("/v1/reports", content=line("tiga"), headers=FILING | {"idempotency-key": "b"})
    assert (single.status_code, single.json()["type"]) == (422, "/problems/idempotency-key-reused")


def test_an_import_is_begun_once_for_a_key(client: TestClient) -> None:
    first, again = (client.post("/v1/imports", json={"name": "a.csv"}, headers=OFFICIAL | KEY) for _ in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    undone = [client.post("/v1/imports/1/undo", headers=OFFICIAL | {"idempotency-key": "u"}) for _ in range(2)]
    assert undone[0].json() == undone[1].json()
    assert undone[1].headers["idempotency-replayed"] == "true"


def test_the_same_open311_post_within_ten_minutes_is_one_request(client: TestClient, rows: Engine, at: Any) -> None:
    ids = []
    for seconds, url in ((0, JSON), (30, JSON), (599, XML)):
        at(seconds)
        client.post(url, data=FORM, headers=FILING)
        answer = client.post(JSON, data={**FORM, "api_key": "x"}, headers=FILING)
        ids.append(answer.json()[0]["service_request_id"])
    assert len(set(ids)) == len(all_of(rows, REPORT)) == len(events(rows)) == 1
    # A person may file the same later: a report of its own, which nobody has to compare with the first.
    for seconds in (601, 650):
        at(seconds)
        ids.append(client.post(JSON, data=FORM, headers=FILING).json()[0]["service_request_id"])
    assert ids[-1] == ids[-2] != ids[0]
    assert [json.loads(body)["repeats"] for _, body in events(rows)] == [None, None]
    assert len(all_of(rows, FINGERPRINT)) == 1


@pytest.mark.parametrize(
    ("change", "headers"),
    [({"description": "Jalan rusak berat"}, FILING), ({"phone": "0811000000"}, FILING), ({}, OFFICIAL)],
)
def test_another_open311_post_is_another_request(
    client: TestClient, rows: Engine, change: dict[str, str], headers: dict[str, str]
) -> None:
    client.post(JSON, data=FORM, headers=FILING)
    client.post(JSON, data=FORM | change, headers=headers)
    assert len(all_of(rows, REPORT)) == 2


def test_open311_posts_with_files_are_compared_by_their_bytes(client: TestClient, rows: Engine) -> None:
    for content in (b"\xff\xd8 satu", b"\xff\xd8 satu", b"\xff\xd8 dua"):
        files = {"media": ("a.jpg", content, "image/jpeg")}
        assert client.post(JSON, data=FORM, files=files, headers=FILING).status_code == 200
    assert len(all_of(rows, REPORT)) == 2


def test_a_report_that_was_closed_at_once_is_still_the_answer_to_a_repeat(client: TestClient, rows: Engine) -> None:
    first = client.post(JSON, data=FORM, headers=FILING).json()
    with transaction(rows) as session:
        values = {"report": first[0]["service_request_id"], "status": "closed", "updated_at": NOW}
        session.execute(STANDING.insert().values(**values))
    again = client.post(JSON, data=FORM, headers=FILING).json()
    assert again[0]["service_request_id"] == first[0]["service_request_id"]


def test_the_same_open311_post_at_once_is_one_request(app: FastAPI, rows: Engine) -> None:
    answers = at_once(app, 20, "POST", JSON, data=FORM, headers=FILING)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()[0]["service_request_id"] for answer in answers}) == 1
    assert len(all_of(rows, REPORT)) == len(events(rows)) == 1


def test_open311_takes_a_key_too_and_says_what_is_wrong_in_its_own_shape(client: TestClient, rows: Engine) -> None:
    first, again = (
        client.post(JSON, data=FORM, files={"media": ("a.jpg", b"\xff\xd8", "image/jpeg")}, headers=FILING | KEY)
        for _ in range(2)
    )
    assert (again.headers["idempotency-replayed"], again.json()) == ("true", first.json())
    other = client.post(JSON, data=FORM, headers=FILING | KEY)
    assert (other.status_code, other.json()[0]["code"]) == (400, 400)
    assert len(all_of(rows, REPORT)) == 1
