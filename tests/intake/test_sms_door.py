"""SMS from Kannel: every message is kept and answered, and repeated deliveries are one report."""

import threading
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, Table, select
from starlette.testclient import TestClient

from contracts.events import CaseClosed, CaseDisposed, Closure
from contracts.region import Region
from kit.db import snapshot, transaction
from kit.outbox import OUTBOX
from services.intake.app import create_app
from services.intake.handlers import CONTACT, MESSAGE, REPORT
from services.intake.settings import Settings
from services.intake.standings import follow_cases
from tests.intake.conftest import CHANNEL, FILING, at_once

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


def text(client: TestClient, words: str, sender: str = "+62811000000", id: str | None = None) -> str:
    query = {"from": sender, "to": "1708", "text": words, "id": id or uuid4().hex, "smsc": "xl", "charset": "UTF-8"}
    answer = client.get("/channels/kannel", params=query, headers=CHANNEL)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return answer.text


def all_of(rows: Engine, table: Table) -> list[dict[str, Any]]:
    with snapshot(rows) as session:
        return [dict(row) for row in session.execute(select(table)).mappings()]


def report(client: TestClient, rows: Engine, words: str = "BJN Jalan rusak") -> tuple[str, UUID]:
    """The code and the id of a report just texted."""
    before = {row["id"] for row in all_of(rows, REPORT)}
    reply = text(client, words)
    new = next(row for row in all_of(rows, REPORT) if row["id"] not in before)
    assert str(new["code"]) in reply
    return str(new["code"]), UUID(str(new["id"]))


def events(rows: Engine) -> list[tuple[object, bytes]]:
    return [(row["type"], bytes(row["body"])) for row in all_of(rows, OUTBOX)]


def test_a_text_becomes_a_report_with_a_code(client: TestClient, rows: Engine) -> None:
    code, _ = report(client, rows, "bjn#Jalan desa Sukorejo rusak, hubungi 0811-000-000")
    (report_row,) = all_of(rows, REPORT)
    assert (report_row["code"], report_row["channel"]) == (code, "sms")
    assert report_row["text"] == "Jalan desa Sukorejo rusak, hubungi 0811-000-000"
    assert [row["phone"] for row in all_of(rows, CONTACT)] == ["+62811000000"]
    ((kind, body),) = events(rows)
    assert kind == "report.received.v1"
    assert b"hubungi [nomor pelapor]" in body


@pytest.mark.parametrize("sender", ["62811000000@c.us", "628110000001234567"])
def test_the_number_of_an_odd_sender_does_not_leave(client: TestClient, rows: Engine, sender: str) -> None:
    text(client, "BJN Jalan rusak, hubungi 0811000000", sender=sender)
    ((_, body),) = events(rows)
    assert b"hubungi [nomor pelapor]" in body


@pytest.mark.parametrize("id", ["7", None])
def test_twenty_deliveries_at_once_are_one_report_and_one_reply(app: FastAPI, rows: Engine, id: str | None) -> None:
    query = {"from": "+62811000000", "text": "BJN Jalan rusak", "smsc": "xl", "ts": "1790000000"}
    params = query if id is None else {**query, "id": id}
    answers = at_once(app, 20, "GET", "/channels/kannel", params=params, headers=CHANNEL)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(all_of(rows, REPORT)) == len(all_of(rows, MESSAGE)) == len(events(rows)) == 1


def test_two_processes_with_the_same_message_make_one_report(
    app: FastAPI, settings: Settings, region: Region, rows: Engine
) -> None:
    other, replies = create_app(settings, region), []
    params = {"from": "+62811000000", "text": "BJN Jalan rusak", "smsc": "xl", "id": "7"}

    def deliver(to: FastAPI) -> None:
        replies.extend(at_once(to, 10, "GET", "/channels/kannel", params=params, headers=CHANNEL))

    threads = [threading.Thread(target=deliver, args=(each,)) for each in (app, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in replies] == [200] * 20
    assert len({answer.text for answer in replies}) == 1
    assert len(all_of(rows, REPORT)) == len(events(rows)) == 1


def test_the_same_id_from_another_connection_is_another_report(client: TestClient, rows: Engine) -> None:
    for smsc in ("xl", "telkomsel"):
        query = {"from": "+62811000000", "text": "Jalan rusak", "smsc": smsc, "id": "1"}
        client.get("/channels/kannel", params=query, headers=CHANNEL)
    assert len(all_of(rows, REPORT)) == 2


def test_a_delivery_by_post_is_read_like_one_by_get(client: TestClient, rows: Engine) -> None:
    form = {"from": "62811000000", "text": "BJN Jalan rusak", "id": "1"}
    assert client.post("/channels/kannel", data=form, headers=CHANNEL).status_code == 200
    assert [row["text"] for row in all_of(rows, REPORT)] == ["Jalan rusak"]


def test_a_delivery_without_a_text_is_refused_with_a_problem(client: TestClient, rows: Engine) -> None:
    query = {"from": "+62811000000", "id": "1"}
    for answer in (
        client.get("/channels/kannel", params=query, headers=CHANNEL),
        client.post("/channels/kannel", params=query, json={"text": "Jalan rusak"}, headers=CHANNEL),
    ):
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/unreadable-body")
    assert all_of(rows, MESSAGE) == []


@pytest.mark.parametrize("words", ["", "BJN", "   ", "\x00\x07"])
def test_an_empty_message_is_kept_and_answered_with_help(client: TestClient, rows: Engine, words: str) -> None:
    assert "Kirim BJN" in text(client, words)
    assert all_of(rows, REPORT) == []
    assert len(all_of(rows, MESSAGE)) == 1


def test_a_message_of_4001_characters_is_kept_and_answered(client: TestClient, rows: Engine) -> None:
    assert "4000" in text(client, "a" * 4001)
    assert all_of(rows, REPORT) == []
    assert bytes(all_of(rows, MESSAGE)[0]["raw"]) == b"a" * 4001


@pytest.mark.parametrize(
    "raw",
    ["%ff%fe%00jalan", "jalan%00%01%1f", "%F0%9F%9A%A7", "%D8%B7%D8%B1", "%27%3B+DROP+TABLE+x--", "%3D1%2B1", "%zz%"],
)  # fmt: skip
def test_strange_bytes_are_kept_safely(client: TestClient, rows: Engine, raw: str) -> None:
    for charset in ("UTF-8", "UTF-16BE", "", "klingon"):
        url = f"/channels/kannel?from=%2B62811000000&id={charset}&charset={charset}&text={raw}"
        assert client.get(url, headers=CHANNEL).status_code == 200
    assert len(all_of(rows, MESSAGE)) == 4
    assert all("\x00" not in str(row["text"]) for row in all_of(rows, REPORT))


def test_anyone_with_the_code_hears_where_the_report_stands(client: TestClient, rows: Engine) -> None:
    code, id = report(client, rows)
    assert "menunggu verifikasi" in text(client, f"cek {code.lower()}", sender="+62811000009")
    with transaction(rows) as session:
        follow_cases(
            session, [CaseDisposed(subject=id, time=NOW, agency="dpu", category="jalan-rusak", reason="jalan")]
        )
    assert "Dinas Pekerjaan Umum" in text(client, f"CEK#{code}")
    with transaction(rows) as session:
        follow_cases(session, [CaseClosed(subject=id, time=NOW, closure=Closure.done, agency="dpu")])
    assert "selesai (sudah ditangani)" in text(client, f"CEK {code}")
    assert "tidak kami kenal" in text(client, "CEK 22222222")


@pytest.mark.parametrize(
    ("command", "event", "body"),
    [
        ("PUAS {}", "report.feedback.v1", b'"satisfied":true'),
        ("TIDAK {} masih bocor, telp 0811000000", "report.feedback.v1", b"masih bocor, telp [nomor pelapor]"),
        ("BATAL {}", "report.withdrawn.v1", b"{}"),
        ("TAMBAH {} di depan balai desa", "report.amended.v1", b"di depan balai desa"),
    ],
)
def test_only_the_reporter_may_do_more(client: TestClient, rows: Engine, command: str, event: str, body: bytes) -> None:
    code, id = report(client, rows)
    assert f"Laporan {code} dari nomor lain" in text(client, command.format(code), sender="+62811000009")
    assert len(events(rows)) == 1
    assert "dicatat" in text(client, command.format(code), sender="0811 000 000")
    kind, data = events(rows)[-1]
    assert kind == event
    assert body in data
    assert all_of(rows, OUTBOX)[-1]["subject"] == str(id)


def test_a_sender_without_a_number_owns_nothing(client: TestClient, rows: Engine) -> None:
    text(client, "Jalan rusak", sender="")
    code = str(all_of(rows, REPORT)[0]["code"])
    assert f"Laporan {code} dari nomor lain" in text(client, f"BATAL {code}", sender="")
    assert len(events(rows)) == 1


def test_only_a_provider_may_deliver(client: TestClient, rows: Engine) -> None:
    params = {"from": "+62811000000", "text": "Jalan rusak", "id": "1"}
    assert client.head("/channels/kannel", params=params, headers=CHANNEL).status_code == 405
    assert client.get("/channels/kannel", params=params).status_code == 401
    assert client.get("/channels/kannel", params=params, headers=FILING).status_code == 403
    assert all_of(rows, MESSAGE) == []


def test_two_messages_with_the_same_provider_id_are_both_kept(client: TestClient, rows: Engine) -> None:
    sent = [
        ("+62811000000", "BJN lampu mati", "1"),
        ("+62811000001", "BJN jembatan ambruk", "1"),
        ("+62811000000", "BJN jembatan ambruk", "1"),
        ("+62811000001", "BJN lampu mati", "1"),
        ("+62811000000", "BJN jalan rusak", "2"),
        ("+62811000000", "BJN jembatan retak", "2"),
    ]
    replies = [text(client, words, sender, id) for sender, words, id in sent]
    assert len(set(replies)) == len(all_of(rows, REPORT)) == len(sent)
    assert [text(client, words, sender, id) for sender, words, id in sent] == replies
    assert len(all_of(rows, REPORT)) == len(sent)


def test_long_ids_used_again_are_distinguished_by_their_ends_the_senders_and_the_words(
    client: TestClient, rows: Engine
) -> None:
    ids = ["7" * 119 + end for end in "12"]
    senders, words = ("+62811000000", "+62811000001"), ("BJN lampu mati", "BJN jembatan ambruk", "BJN jalan rusak")
    sent = [(f"{each} {id[-1]}", sender, id) for id in ids for sender in senders for each in words]
    replies = [text(client, *each) for each in sent]
    assert len(set(replies)) == len(sent) == 12
    assert [text(client, *each) for each in sent] == replies
    assert len(all_of(rows, REPORT)) == 12
