"""A NUL, as every control character, is dropped from what people wrote, at every door alike."""

import json

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from services.intake.handlers import CONTACT, REPORT
from tests.intake.conftest import FILING, OFFICIAL
from tests.intake.test_rest_door import post
from tests.intake.test_sms_door import all_of, text

WORDS = "Jalan\x00 ru\x01sak"
BODY = {
    "text": WORDS,
    "address": "Depan\x00 balai",
    "contact": {"name": "Budi\x00 Contoh"},
    "source": {"name": "kota\x00", "id": "7\x00"},
}


@pytest.mark.parametrize("door", ["json", "ndjson"])
def test_over_rest(client: TestClient, rows: Engine, door: str) -> None:
    if door == "json":
        status, _ = post(client, BODY)
        assert status == 202
    else:
        headers = {**OFFICIAL, "content-type": "application/x-ndjson"}
        answer = client.post("/v1/reports", content=json.dumps(BODY), headers=headers)
        assert json.loads(answer.text)["status"] == 202
    (report,) = all_of(rows, REPORT)
    assert (report["text"], report["address"]) == ("Jalan rusak", "Depan balai")
    assert [row["name"] for row in all_of(rows, CONTACT)] == ["Budi Contoh"]
    assert str(report["source_id"]) == "7"


def test_over_open311(client: TestClient, rows: Engine) -> None:
    form = {"service_code": "jalan-rusak", "description": WORDS, "address_string": "Depan\x00 balai"}
    answer = client.post("/open311/v2/requests.json", data=form, headers=FILING)
    assert answer.status_code == 200, answer.text
    (report,) = all_of(rows, REPORT)
    assert (report["text"], report["address"]) == ("Jalan rusak", "Depan balai")


def test_by_sms(client: TestClient, rows: Engine) -> None:
    text(client, f"BJN {WORDS} di desa Tapelan")
    (report,) = all_of(rows, REPORT)
    assert report["text"] == "Jalan rusak di desa Tapelan"


def test_in_the_name_of_an_import(client: TestClient) -> None:
    answer = client.post("/v1/imports", json={"name": "kota\x00.csv"}, headers=OFFICIAL)
    assert (answer.status_code, answer.json()["name"]) == (201, "kota.csv")
