"""Who reports danger hears first which numbers to call, on every way to file; the event tells what sent a message."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from contracts.region import Region, load_region
from services.intake import contacts
from services.intake.emergencies import Emergencies
from tests.intake.conftest import FILING, OFFICIAL
from tests.intake.test_sms_door import events, text

BOJONEGORO = load_region(Path("regions/bojonegoro"))
DANGER = "tolong kebakaran di pasar dander, api sudah besar"
CALM = "tahun lalu pasar dander kebakaran, kapan dibangun lagi"


@pytest.fixture(scope="module")
def region() -> Region:
    return BOJONEGORO


def post(client: TestClient, **body: object) -> dict[str, object]:
    answer = client.post("/v1/reports", json=body, headers=OFFICIAL if "received_at" in body else FILING)
    assert answer.status_code == 202
    receipt: dict[str, object] = answer.json()
    return receipt


def test_the_reply_names_the_numbers_before_anything_else_and_has_the_code(client: TestClient) -> None:
    assert text(client, f"BJN {DANGER}").startswith("Ada bahaya? Telepon 112 ")
    assert text(client, f"BJN {CALM}").startswith("Laporan diterima, kode ")


def test_the_same_words_again_and_words_added_later_name_them_too(client: TestClient) -> None:
    first = text(client, f"BJN {DANGER}")
    assert text(client, f"BJN {DANGER}").startswith("Ada bahaya? Telepon 112 ")
    code = first.split("kode ")[1][:8]
    assert text(client, f"TAMBAH {code} masih ada orang terjebak di dalam, tolong").startswith("Ada bahaya? ")
    assert text(client, f"TAMBAH {code} di dekat pintu timur").startswith("Tambahan untuk laporan")


def test_a_web_receipt_has_the_numbers_and_others_have_no_such_member(client: TestClient) -> None:
    assert post(client, text=DANGER)["emergency"] == ["112"]
    assert "emergency" not in post(client, text=CALM)
    assert "emergency" not in post(client, text=DANGER, received_at="2020-01-01T00:00:00Z", reviewed=True)


def test_each_line_of_many_has_its_own(client: TestClient) -> None:
    lines = "\n".join(json.dumps({"text": each}) for each in (CALM, DANGER))
    answer = client.post(
        "/v1/reports", content=lines, headers={**FILING, "content-type": "application/x-ndjson"}
    ).text.splitlines()
    assert ["emergency" in json.loads(line) for line in answer] == [False, True]


def test_the_notice_of_open311_names_them(client: TestClient) -> None:
    form = {"service_code": "lainnya", "lat": "-7.15", "long": "111.88", "description": DANGER}
    answer = client.post("/open311/v2/requests.json", data=form, headers=FILING)
    assert answer.json()[0]["service_notice"].startswith("Ada bahaya? Telepon 112 ")


def test_a_region_without_numbers_names_none() -> None:
    assert Emergencies(BOJONEGORO).numbers(DANGER) == ("112",)
    assert Emergencies(BOJONEGORO.model_copy(update={"emergency": ()})).numbers(DANGER) == ()


@pytest.mark.parametrize(
    ("sender", "kind"),
    [("+62811000000", "number"), ("62811000000", "number"), ("TOKOKU", "name"), ("1708", "short-code"), ("", None)],
)
def test_the_event_says_what_sent_the_message_and_not_who(
    client: TestClient, rows: Engine, sender: str, kind: str | None
) -> None:
    text(client, "BJN Jalan rusak", sender=sender)
    ((_, body),) = events(rows)
    assert json.loads(body)["sender_kind"] == kind
    assert not sender or sender.encode() not in body


def test_a_report_that_no_message_brought_has_no_kind_of_sender(client: TestClient, rows: Engine) -> None:
    post(client, text="Jalan rusak", contact={"phone": "0811000000"})
    ((_, body),) = events(rows)
    assert json.loads(body)["sender_kind"] is None


def test_a_sender_is_told_apart_by_what_it_is_written_with() -> None:
    kinds = {each: contacts.kind_of_sender(each) for each in ("+6231555", "3636", "Toko 24", "-")}
    assert kinds == {"+6231555": "number", "3636": "short-code", "Toko 24": "name", "-": None}
