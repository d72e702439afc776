"""A long SMS whose pieces arrive as messages of their own is one report, or one addition to a report."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from contracts.events import Channel
from contracts.region import load_region
from kit.db import transaction
from kit.outbox import OUTBOX
from services.intake.channels import kannel
from services.intake.handlers import MESSAGE, REPORT
from services.intake.joining import JOINING, publish_due
from services.intake.messages import MessageRules, receive_message
from services.intake.replies import Replies, speech_of
from services.intake.settings import Settings
from services.intake.worker import create_worker
from tests.intake.conftest import TINY
from tests.intake.test_kannel import query
from tests.intake.test_sms_door import all_of, text

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
WORDS = (
    "BJN Jalan desa Tapelan kecamatan Kapas rusak parah sejak musim hujan tahun lalu, banyak lubang yang dalam dekat "
    "balai desa dan sudah tiga orang jatuh di sana, mohon segera diperbaiki karena anak sekolah lewat setiap pagi dan "
    "sore hari, terima kasih banyak atas perhatian bapak dan ibu di dinas pekerjaan umum kabupaten kami ini, salam."
)
PREFIX = "BJN "
SPEECH = speech_of(load_region(TINY))
Send = Callable[..., str]


def cut(words: str, first: int, rest: int | None = None) -> list[str]:
    rest = rest or first
    return [words[:first], *(words[at : at + rest] for at in range(first, len(words), rest))]


@pytest.fixture
def send(rows: Engine, replies: Replies) -> Send:
    """Delivers one message, and returns its reply. `after`: seconds after `NOW`."""
    ids = iter(range(1000))

    def send(
        words: str | bytes, after: float = 0, sender: str = "+62811000000", window: int = 10, **fields: str
    ) -> str:
        raw = words if isinstance(words, bytes) else words.encode()
        fields = {"id": f"{next(ids)}", "smsc": "xl", "coding": "0", **fields}
        message = kannel.read(query(raw, **fields).replace(b"%2B62811000000", sender.encode().replace(b"+", b"%2B")))
        rules = MessageRules(replies, "ID", timedelta(seconds=window))
        with transaction(rows) as session:
            return receive_message(session, message, Channel.sms, NOW + timedelta(seconds=after), rules)

    return send


def close(rows: Engine, after: float) -> None:
    with transaction(rows) as session:
        publish_due(session, NOW + timedelta(seconds=after), SPEECH, "ID")


def events(rows: Engine) -> list[tuple[str, dict[str, Any]]]:
    return [(row["type"], json.loads(row["body"])) for row in all_of(rows, OUTBOX)]


def texts(rows: Engine) -> list[str]:
    return [body["text"] for _, body in events(rows)]


def code(reply: str) -> str:
    return next(word.strip(".,") for word in reply.split() if len(word.strip(".,")) == 8 and word.strip(".,").isupper())


@pytest.mark.parametrize("pieces", [cut(WORDS, 153), cut(WORDS, 160), cut(WORDS[:251], 153), cut(WORDS, 160, 153)])
def test_the_pieces_of_a_long_text_are_one_report(send: Send, rows: Engine, pieces: list[str]) -> None:
    replies = [send(piece, after=number) for number, piece in enumerate(pieces)]
    assert len({code(reply) for reply in replies}) == 1
    assert "digabung" not in replies[0]
    assert all("digabung" in reply for reply in replies[1:])
    assert events(rows) == []
    close(rows, 60)
    assert texts(rows) == ["".join(pieces).removeprefix(PREFIX)]
    assert [row["text"] for row in all_of(rows, REPORT)] == texts(rows)
    assert all_of(rows, JOINING) == []
    assert {row["report"] for row in all_of(rows, MESSAGE)} == {all_of(rows, REPORT)[0]["id"]}


@pytest.mark.parametrize("words", ["ꦗꦭꦤ꧀ꦫꦸꦱꦏ꧀" * 12, "jalan rusak!🚧🚧" * 10, "x" + "🚧" * 66])
@pytest.mark.parametrize("limit", [67, 70])
def test_pieces_of_ucs_2_are_joined_even_within_a_character(send: Send, rows: Engine, words: str, limit: int) -> None:
    raw = words.encode("utf-16-be")
    for number, begin in enumerate(range(0, len(raw), 2 * limit)):
        send(raw[begin : begin + 2 * limit], after=number, coding="2", charset="UTF-16BE")
    close(rows, 60)
    assert texts(rows) == [words]


def test_characters_of_the_extension_table_count_twice(send: Send, rows: Engine) -> None:
    words = "BJN Biaya [resmi] 5€ " + "a" * 200
    at = 153 - sum(words[:153].count(each) for each in "[]€")
    send(words[:at])
    send(words[at:], after=1)
    close(rows, 60)
    assert texts(rows) == [words.removeprefix(PREFIX)]


@pytest.mark.parametrize("order", list(permutations(range(3)))[1:])
def test_pieces_that_overtake_each_other_are_put_in_order(send: Send, rows: Engine, order: tuple[int, ...]) -> None:
    pieces = cut(WORDS, 153)
    for number, index in enumerate(order):
        sent = (NOW + timedelta(seconds=index - 30)).strftime("%Y-%m-%d+%H:%M:%S")
        send(pieces[index], after=number * 0.4, ts=sent)
    close(rows, 60)
    assert texts(rows) == [WORDS.removeprefix(PREFIX)]


def test_a_full_message_alone_waits_for_the_window_and_no_longer(send: Send, rows: Engine) -> None:
    send(WORDS[:153])
    close(rows, 9.9)
    assert events(rows) == []
    close(rows, 10)
    assert texts(rows) == [WORDS[4:153].strip()]
    close(rows, 11)
    assert len(events(rows)) == 1


def test_a_short_message_with_the_keyword_does_not_wait(send: Send, rows: Engine) -> None:
    send("BJN Jalan rusak")
    assert texts(rows) == ["Jalan rusak"]


def test_a_message_without_the_keyword_waits_only_for_the_piece_that_it_may_have_overtaken(
    send: Send, rows: Engine
) -> None:
    send("jalan rusak")
    close(rows, 2)
    assert texts(rows) == ["jalan rusak"]


@pytest.mark.parametrize(
    ("second", "after", "sender"),
    [
        ("BJN lampu mati di Kapas", 1.0, "+62811000000"),
        ("lampu mati di Kapas", 10.5, "+62811000000"),
        ("lampu mati di Kapas", 1.0, "+62811000001"),
    ],
    ids=["begins anew", "too late", "another sender"],
)
def test_what_does_not_continue_is_a_report_of_its_own(
    send: Send, rows: Engine, second: str, after: float, sender: str
) -> None:
    assert code(send(WORDS[:153])) != code(send(second, after=after, sender=sender))
    close(rows, 60)
    assert sorted(texts(rows)) == sorted([WORDS[4:153].strip(), second.removeprefix(PREFIX)])


def test_two_short_messages_are_two_reports(send: Send, rows: Engine) -> None:
    send("lampu mati di Kapas")
    send("jalan rusak di Dander", after=1)
    close(rows, 60)
    assert sorted(texts(rows)) == ["jalan rusak di Dander", "lampu mati di Kapas"]


def test_after_the_last_piece_the_next_message_is_another_report(send: Send, rows: Engine) -> None:
    for number, piece in enumerate(cut(WORDS[:200], 153)):
        send(piece, after=number)
    send("lampu mati di Kapas", after=2)
    close(rows, 60)
    assert sorted(texts(rows)) == sorted([WORDS[4:200], "lampu mati di Kapas"])


@pytest.mark.parametrize("tail", [".", "terima kasih", "Terima Kasih.", "CEK jembatan", "tidak RT05"])
def test_a_tail_that_alone_would_say_nothing_belongs_to_the_report(send: Send, rows: Engine, tail: str) -> None:
    send(WORDS[:153])
    assert "digabung" in send(tail, after=1)
    close(rows, 60)
    assert texts(rows) == [WORDS[4:153] + tail]


def test_a_command_in_the_window_is_a_command_and_keeps_the_order_of_events(send: Send, rows: Engine) -> None:
    report = code(send(WORDS[:153]))
    assert "menunggu" in send(f"CEK {report}", after=1)
    send("segera", after=2)
    send(f"BATAL {report}", after=3)
    assert [kind for kind, _ in events(rows)] == ["report.received.v1", "report.withdrawn.v1"]
    assert events(rows)[0][1]["text"] == WORDS[4:153] + "segera"
    close(rows, 60)
    assert len(events(rows)) == 2


@pytest.mark.parametrize("words", ["BATAL {}", "TAMBAH {} dekat pasar", "TIDAK {}"])
def test_a_piece_behind_a_command_is_an_addition_and_no_report_that_begins_within_a_word(
    send: Send, rows: Engine, words: str
) -> None:
    first, *rest = cut(WORDS, 153)
    received = code(send(first))
    send(words.format(received), after=1)
    assert [code(send(piece, after=2)) for piece in rest] == [received] * len(rest)
    close(rows, 60)
    assert [row["text"] for row in all_of(rows, REPORT)] == [first.removeprefix(PREFIX).strip()]
    report, _, addition = events(rows)
    assert (report[1]["text"], addition[1]["text"]) == (first.removeprefix(PREFIX).strip(), WORDS.removeprefix(PREFIX))


def test_a_command_behind_a_whole_message_adds_nothing(send: Send, rows: Engine) -> None:
    first = cut(WORDS, 153)[0]
    send(f"BATAL {code(send(first))}", after=1)
    close(rows, 60)
    assert [kind for kind, _ in events(rows)] == ["report.received.v1", "report.withdrawn.v1"]
    assert all_of(rows, JOINING) == []


def test_an_addition_in_pieces_is_one_addition(send: Send, rows: Engine) -> None:
    report = code(send("BJN Jalan rusak"))
    first = f"TAMBAH {report} " + "x" * 130 + " 081100"
    assert len(first) == 153
    send(first, after=5)
    assert "digabung" in send("0000 saja", after=6)
    assert [kind for kind, _ in events(rows)] == ["report.received.v1"]
    close(rows, 60)
    ((_, body),) = events(rows)[1:]
    assert events(rows)[1][0] == "report.amended.v1"
    assert body["text"].endswith("x [nomor pelapor] saja")
    assert len(all_of(rows, REPORT)) == 1


@pytest.mark.parametrize("head", ["CEK {} ", "TAMBAH {} ", "TIDAK {} "])
def test_the_rest_of_what_files_nothing_is_no_report(send: Send, rows: Engine, head: str) -> None:
    report = code(send("BJN Jalan rusak"))
    first = head.format(report) + "mengapa belum diperbaiki " * 6
    other = "+62811000001"
    reply = send(first[:153], after=5, sender=other)
    assert send("juga sampai hari ini", after=6, sender=other) == reply
    close(rows, 60)
    assert len(all_of(rows, REPORT)) == len(events(rows)) == 1
    assert all_of(rows, JOINING) == []
    send("BJN Lampu mati", after=61, sender=other)
    assert len(all_of(rows, REPORT)) == 2


def test_a_number_cut_in_two_does_not_leave(send: Send, rows: Engine) -> None:
    send("BJN " + "x" * 142 + " 081100")
    send("0000 ya", after=1)
    close(rows, 60)
    assert texts(rows)[0].endswith("x [nomor pelapor] ya")


def test_a_piece_delivered_twice_is_answered_the_same_and_joined_once(send: Send, rows: Engine) -> None:
    pieces = cut(WORDS, 153)
    first = [send(piece, after=number, id=f"p{number}") for number, piece in enumerate(pieces)]
    again = [send(piece, after=number + 3, id=f"p{number}") for number, piece in enumerate(pieces)]
    assert first == again
    close(rows, 60)
    later = [send(piece, after=number + 70, id=f"p{number}") for number, piece in enumerate(pieces)]
    assert first == later
    assert texts(rows) == [WORDS.removeprefix(PREFIX)]


def test_the_same_pieces_sent_again_are_no_second_report(send: Send, rows: Engine) -> None:
    pieces = cut(WORDS, 153)
    codes = {code(send(piece, after=number)) for number, piece in enumerate([*pieces, *pieces])}
    close(rows, 60)
    codes |= {code(send(piece, after=number + 70)) for number, piece in enumerate(pieces)}
    close(rows, 120)
    assert len(codes) == 1
    assert texts(rows) == [WORDS.removeprefix(PREFIX)]


def test_a_long_text_sent_again_with_another_end_is_an_addition_and_no_half_report(send: Send, rows: Engine) -> None:
    for after, end in ((0, "di Kapas"), (60, "di Kapas, dekat pasar")):
        send(WORDS[:153], after=after)
        send(end, after=after + 1)
        close(rows, after + 30)
    (filed, first), (added, second) = events(rows)
    assert (filed, added) == ("report.received.v1", "report.amended.v1")
    assert first["text"] == WORDS[4:153] + "di Kapas"
    assert second["text"] == WORDS[4:153] + "di Kapas, dekat pasar"
    assert len(all_of(rows, REPORT)) == 1


def test_a_report_does_not_grow_beyond_what_a_report_may_have(send: Send, rows: Engine) -> None:
    for number in range(30):
        send(f"{number:03}" + "a" * 150, after=number)
    close(rows, 100)
    assert all(len(row["text"]) <= 4000 for row in all_of(rows, REPORT))
    assert sum(map(len, texts(rows))) == 30 * 153


def test_without_a_window_nothing_is_joined(send: Send, rows: Engine) -> None:
    for piece in cut(WORDS[:251], 153):
        send(piece, window=0)
    assert len(texts(rows)) == 2


def test_a_piece_waits_for_the_one_that_another_process_is_receiving(
    send: Send, rows: Engine, replies: Replies
) -> None:
    pieces = cut(WORDS[:251], 153)
    first = kannel.read(query(pieces[0].encode(), id="first", smsc="xl", coding="0"))
    second = threading.Thread(target=send, args=(pieces[1],))
    with transaction(rows) as session:
        receive_message(session, first, Channel.sms, NOW, MessageRules(replies, "ID", timedelta(seconds=10)))
        second.start()
        second.join(0.3)  # it ends within this time only if it did not wait
    second.join()
    close(rows, 60)
    assert texts(rows) == [WORDS[4:251]]


def test_the_worker_publishes_what_waited(client: TestClient, rows: Engine, settings: Settings) -> None:
    text(client, "jalan rusak tanpa kata kunci")
    assert all_of(rows, OUTBOX) == []
    worker, stop = create_worker(settings), threading.Event()
    running = threading.Thread(target=worker.run, args=(stop,))
    running.start()
    try:
        for _ in range(400):
            if not all_of(rows, JOINING):
                break
            stop.wait(0.05)
    finally:
        stop.set()
        running.join()
        worker.bus.close()
        worker.engine.dispose()
    assert all_of(rows, JOINING) == []
