"""`POST /v1/reports` with one report a line: each line gets its own answer, in order."""

import json

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine import Engine as AnyEngine
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.testclient import TestClient

from pendapa import sending
from services.intake import many
from services.intake.handlers import REPORT
from tests.intake.conftest import FILING, OFFICIAL
from tests.intake.test_sms_door import all_of, events


def post(client: TestClient, body: bytes, headers: dict[str, str] = FILING) -> list[dict[str, object]]:
    answer = client.post("/v1/reports", content=body, headers={**headers, "content-type": many.MEDIA_TYPE})
    assert (answer.status_code, answer.headers["content-type"]) == (200, many.MEDIA_TYPE), answer.text
    return [json.loads(line) for line in answer.content.splitlines()]


def line(text: str, **more: object) -> bytes:
    return json.dumps({"text": text, **more}).encode() + b"\n"


def test_each_line_is_answered_in_order_and_a_bad_one_harms_nobody(client: TestClient, rows: Engine) -> None:
    bad = [b"{\n", b"\xff\xfe\n", line("x", surprise=1), line("x", agency="dpu")]
    answers = post(client, b'{"text":\r"satu"}\n' + b"".join(bad) + b"\r\n" + line("dua") + line("tiga").rstrip())
    assert [answer["status"] for answer in answers] == [202, 400, 400, 422, 403, 202, 202]
    texts = {row["id"]: row["text"] for row in all_of(rows, REPORT)}
    assert [texts[answer["id"]] for answer in answers if answer["status"] == 202] == ["satu", "dua", "tiga"]
    assert len(texts) == len(events(rows)) == 3
    assert answers[3]["errors"] == [{"pointer": "/surprise", "detail": "Extra inputs are not permitted"}]
    assert answers[0]["url"] == f"/v1/follow/{answers[0]['token']}"


def test_the_same_source_on_two_lines_and_again_is_one_report(client: TestClient, rows: Engine) -> None:
    body = line("Jalan rusak", source={"name": "lapor", "id": "77"})
    first, second = post(client, body + body)
    (again,) = post(client, body)
    assert first == second == again
    assert len(all_of(rows, REPORT)) == 1


def test_the_official_key_brings_history_by_lines_too(client: TestClient, rows: Engine) -> None:
    (answer,) = post(client, line("Jalan rusak", received_at="2015-03-01T08:00:00+07:00"), OFFICIAL)
    assert answer["status"] == 202
    assert json.loads(events(rows)[0][1])["official"] is True


@pytest.mark.parametrize("body", [b"", b"\n \r\n", line("a") * (many.LIMIT + 1)], ids=["none", "blank", "too many"])
def test_no_line_or_too_many_are_refused_whole(client: TestClient, rows: Engine, body: bytes) -> None:
    answer = client.post("/v1/reports", content=body, headers={**FILING, "content-type": many.MEDIA_TYPE})
    assert answer.status_code == 422
    assert f"1 to {many.LIMIT}" in answer.json()["errors"][0]["detail"]
    assert all_of(rows, REPORT) == []


def test_two_hundred_are_allowed_as_the_readme_says_and_our_importer_sends_no_more() -> None:
    assert many.LIMIT == 200 >= sending._BATCH


def test_as_many_as_are_allowed_are_taken(client: TestClient, rows: Engine) -> None:
    answers = post(client, b"".join(line(f"Jalan rusak {n}") for n in range(many.LIMIT)))
    assert {answer["status"] for answer in answers} == {202}
    assert len(all_of(rows, REPORT)) == many.LIMIT


@pytest.mark.parametrize(("fault", "status"), [(RuntimeError, 500), (PoolTimeout, 503)], ids=["a bug", "an outage"])
def test_a_commit_that_fails_accepts_no_line_and_tells_nothing(
    client: TestClient, rows: Engine, caplog: pytest.LogCaptureFixture, fault: type[Exception], status: int
) -> None:
    def fail(_: object) -> None:
        raise fault("the disk is full of +62811000000")

    event.listen(AnyEngine, "commit", fail)
    try:
        answers = post(client, b"".join(line(f"jalan {n}") for n in range(40)))
    finally:
        event.remove(AnyEngine, "commit", fail)
    assert [answer["status"] for answer in answers] == [status] * 40
    assert "811" not in json.dumps(answers)
    assert all_of(rows, REPORT) == []
    if fault is PoolTimeout:  # an outage that many lines share is logged once for each commit
        assert 1 <= len([record for record in caplog.records if record.name == "kit.problems"]) < 40


def test_a_type_that_only_begins_like_it_is_one_report(client: TestClient, rows: Engine) -> None:
    for kind, status in (("Application/X-NDJSON ; charset=utf-8", 200), ("application/x-ndjsonfoo", 202)):
        answer = client.post("/v1/reports", content=line("satu"), headers={**FILING, "content-type": kind})
        assert answer.status_code == status


def test_a_key_is_needed(client: TestClient) -> None:
    assert client.post("/v1/reports", content=line("x"), headers={"content-type": many.MEDIA_TYPE}).status_code == 401
