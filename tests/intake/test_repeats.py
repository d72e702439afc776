"""The same words of the same reporter are one report within minutes, and held as a duplicate within days."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from contracts.events import CaseClosed, CaseRejected, Closure
from kit.db import transaction
from services.intake import repeats
from services.intake.handlers import MESSAGE, REPORT
from services.intake.repeats import FINGERPRINT
from services.intake.settings import Settings
from services.intake.standings import follow_cases
from services.intake.worker import retentions
from tests.intake.test_joining import NOW, Send, close, code, events, send
from tests.intake.test_sms_door import all_of

__all__ = ["send"]
DAY = 86_400.0


def repeated(rows: Engine) -> list[Any]:
    return [body["repeats"] for _, body in events(rows)]


@pytest.mark.parametrize(
    "again", ["BJN Jalan desa rusak!", "bjn jalan  desa rusak", "Jalan désa rusak", "BJN#JALAN DESA, RUSAK"]
)
def test_the_same_words_within_minutes_are_the_same_report(send: Send, rows: Engine, again: str) -> None:
    first = send("BJN Jalan desa rusak")
    replies = [send(again, after=seconds) for seconds in (1, 2, 300, 599)]
    assert {code(reply) for reply in replies} == {code(first)}
    assert all("sudah kami terima" in reply for reply in replies)
    close(rows, 700)
    assert len(all_of(rows, REPORT)) == len(events(rows)) == 1


@pytest.mark.parametrize("other", ["BJN Jalan desa rusak berat", "BJN Jalan desa 1 5", "BJN Jalan desa 15", "BJN ꦗꦭꦤ꧀"])
def test_other_words_are_another_report(send: Send, rows: Engine, other: str) -> None:
    for words in ("BJN Jalan desa rusak", "BJN Jalan desa 1,50", "BJN ꦗꦭꦶ"):
        send(words)
    send(other, after=1)
    assert len(all_of(rows, REPORT)) == 4
    assert repeated(rows) == [None] * 4


def test_an_addition_sent_again_is_added_once_and_another_one_too(send: Send, rows: Engine) -> None:
    first, second = code(send("BJN Jalan rusak")), code(send("BJN Lampu mati"))
    additions = [f"TAMBAH {first} dekat pasar", f"tambah {first}  dekat pasar!", f"TAMBAH {first} dekat masjid"]
    replies = [send(words, after=1) for words in (*additions, f"TAMBAH {second} dekat pasar")]
    assert [code(reply) for reply in replies] == [first, first, first, second]
    assert [body["text"] for kind, body in events(rows) if kind == "report.amended.v1"] == [
        "dekat pasar",
        "dekat masjid",
        "dekat pasar",
    ]


def test_the_same_words_of_two_persons_are_two_reports(send: Send, rows: Engine) -> None:
    assert code(send("BJN Jalan rusak")) != code(send("BJN Jalan rusak", sender="+62811000001"))
    assert repeated(rows) == [None, None]


@pytest.mark.parametrize("after", [601, DAY, 7 * DAY - 1])
def test_the_same_words_within_days_are_a_report_that_names_the_earlier_one(
    send: Send, rows: Engine, after: float
) -> None:
    first = send("BJN Jalan rusak")
    second = send("BJN jalan rusak", after=after)
    assert code(first) != code(second)
    assert "sudah kami terima" not in second
    earlier = next(row["id"] for row in all_of(rows, REPORT) if row["code"] == code(first))
    assert repeated(rows) == [None, earlier]
    assert [row["repeats"] for row in all_of(rows, REPORT) if row["id"] != earlier] == [earlier]


def test_a_report_that_waits_for_pieces_names_the_earlier_one_too(send: Send, rows: Engine) -> None:
    for after in (0, DAY):
        send("BJN " + "jalan " * 24 + "rusak", after=after)
        send("rusak", after=after + 1)
        close(rows, after + 60)
    assert [bool(each) for each in repeated(rows)] == [False, True]


def test_after_a_week_the_same_words_are_new(send: Send, rows: Engine) -> None:
    send("BJN Jalan rusak")
    send("BJN Jalan rusak", after=7 * DAY + 1)
    third = send("BJN Jalan rusak", after=7 * DAY + 2)
    assert repeated(rows) == [None, None]
    assert code(third) in {row["code"] for row in all_of(rows, REPORT)}
    with transaction(rows) as session:
        repeats.forget(session, NOW + timedelta(days=15) - repeats.KEPT, NOW)
    assert all_of(rows, FINGERPRINT) == []


@pytest.mark.parametrize("end", ["closed", "rejected"])
@pytest.mark.parametrize("after", [60, DAY])
def test_the_words_of_a_report_that_has_ended_are_new(send: Send, rows: Engine, end: str, after: float) -> None:
    send("BJN Jalan rusak")
    id = UUID(all_of(rows, REPORT)[0]["id"])
    event = (
        CaseClosed(subject=id, time=NOW, closure=Closure.done)
        if end == "closed"
        else CaseRejected(subject=id, time=NOW, reason="spam", received_at=NOW)
    )
    with transaction(rows) as session:
        follow_cases(session, [event])
    send("BJN Jalan rusak", after=after)
    assert repeated(rows) == [None, None]


def test_old_messages_are_deleted_and_their_reports_stay(send: Send, rows: Engine) -> None:
    send("BJN Jalan rusak")
    close(rows, 60)
    keeping = next(each for each in retentions(settings_of(rows)) if each.table is MESSAGE)
    for days, left in ((keeping.days - 1, 1), (keeping.days + 1, 0)):
        now = NOW + timedelta(days=days)
        with transaction(rows) as session:
            keeping.forget(session, now - timedelta(days=keeping.days), now)
        assert (len(all_of(rows, MESSAGE)), len(all_of(rows, REPORT))) == (left, 1)


def settings_of(rows: Engine) -> Settings:
    url, nothing = SecretStr(str(rows.url)), SecretStr("x")
    return Settings(
        database_url=url, bus_url="", region=Path(), gateway_secret=nothing, follow_secret=SecretStr("x" * 16)
    )
