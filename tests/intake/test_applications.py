"""Applications with keys of their own: what one of them filed, no other reaches, and the token is never kept."""

import zlib
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from kit.answered import ANSWERED
from services.intake import many
from services.intake.handlers import REPORT
from tests.intake.conftest import FILING, OFFICIAL
from tests.intake.test_sms_door import all_of

MAP, BOT = ({**FILING, "x-pendapa-key": name} for name in ("road-map", "bot"))
SOURCED = {"text": "Jalan rusak", "source": {"name": "kota", "id": "7"}}
KEYED = {"idempotency-key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def file(client: TestClient, headers: dict[str, str], body: object = SOURCED) -> Any:
    answer = client.post("/v1/reports", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer


def test_the_same_source_of_another_key_is_another_report_with_another_token(client: TestClient, rows: Engine) -> None:
    first = {name: file(client, key).json() for name, key in (("map", MAP), ("bot", BOT), ("ours", FILING))}
    official = file(client, OFFICIAL).json()
    receipts = [*first.values(), official]
    assert len({each["id"] for each in receipts}) == len({each["token"] for each in receipts}) == 4
    assert file(client, BOT).json() == first["bot"]
    assert file(client, MAP).json()["token"] == first["map"]["token"]
    assert len(all_of(rows, REPORT)) == 4


def test_an_idempotency_key_is_the_applications_own(client: TestClient, rows: Engine) -> None:
    body = {"text": "Jalan rusak"}
    ours, theirs = file(client, MAP | KEYED, body), file(client, BOT | KEYED, body)
    assert ours.json()["token"] != theirs.json()["token"]
    again = file(client, BOT | KEYED, body)
    assert (again.json(), again.headers["idempotency-replayed"]) == (theirs.json(), "true")
    assert len(all_of(rows, REPORT)) == 2


@pytest.mark.parametrize("kind", ["application/json", many.MEDIA_TYPE])
def test_a_replayed_answer_has_the_token_that_nothing_keeps(client: TestClient, rows: Engine, kind: str) -> None:
    headers = MAP | KEYED | {"content-type": kind}
    first, again = (client.post("/v1/reports", content='{"text": "Jalan rusak"}', headers=headers) for _ in range(2))
    assert first.content == again.content
    token = first.json()["token"]
    assert client.get(f"/v1/follow/{token}", headers=MAP).json()["id"] == first.json()["id"]
    (kept,) = (each for each in all_of(rows, ANSWERED) if each["body"])
    assert token.encode() not in zlib.decompress(kept["body"]) + kept["headers"]
