"""Kannel's deliveries: text in any charset, times in two formats, ids that may be missing."""

from datetime import UTC, datetime
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.kannel import read, reply_headers


def query(text: bytes, **fields: str) -> bytes:
    rest = "".join(f"&{name}={value}" for name, value in fields.items())
    return f"from=%2B62811000000&to=1708&text={quote_from_bytes(text)}{rest}".encode()


@pytest.mark.parametrize(
    ("raw", "coding", "charset", "text"),
    [
        (b"jalan rusak", "0", "UTF-8", "jalan rusak"),
        ("jalan é 🚧".encode(), "0", "UTF-8", "jalan é 🚧"),
        ("jalan é".encode(), "", "", "jalan é"),
        ("jalan é".encode("latin-1"), "0", "ISO-8859-1", "jalan é"),
        ("jalan é".encode("latin-1"), "0", "", "jalan é"),
        ("ꦗꦭꦤ꧀".encode("utf-16-be"), "2", "UTF-16BE", "ꦗꦭꦤ꧀"),
        ("ꦗꦭꦤ꧀".encode("utf-16-be"), "2", "", "ꦗꦭꦤ꧀"),
        ("jalan".encode("utf-16-be"), "2", "UCS-2", "jalan"),
        ("jalan".encode("utf-16-be"), "2", "", "jalan"),
        ("jalan 🚧".encode("utf-16-be"), "2", "utf-16", "jalan 🚧"),
        ("طريق".encode(), "2", "UTF-8", "طريق"),
        (b"jalan", "2", "UTF-16BE", "jalan"),
        (b"jalan \xff\xfe", "0", "UTF-8", "jalan ÿþ"),
        (b"\xd8\x00\x00j", "2", "UTF-16BE", "\ufffdj"),
        (b"jalan", "x", "no-such-charset", "jalan"),
    ],
)
def test_the_text_is_read_in_its_charset(raw: bytes, coding: str, charset: str, text: str) -> None:
    message = read(query(raw, coding=coding, charset=charset, id="1"))
    assert message.text == text
    assert message.raw == raw


@given(st.binary(max_size=200), st.sampled_from(["0", "1", "2", ""]), st.text(max_size=8))
def test_no_bytes_are_refused(raw: bytes, coding: str, charset: str) -> None:
    message = read(query(raw, coding=coding, charset=quote_from_bytes(charset.encode())))
    message.text.encode()


@given(st.binary(max_size=300))
def test_no_query_is_refused(raw: bytes) -> None:
    message = read(raw)
    assert message.source_id
    assert len(message.source) <= 160


@pytest.mark.parametrize(
    ("ts", "at"),
    [
        ("1790000000", datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)),
        ("2026-11-24+05:00:00", datetime(2026, 11, 24, 5, tzinfo=UTC)),
        ("", None),
        ("yesterday", None),
        ("99999-01-01+00:00:00", None),
        ("9" * 1_000_000, None),
        ("-5", None),
    ],
)
def test_the_time_is_epoch_or_utc_or_unknown(ts: str, at: datetime | None) -> None:
    assert read(query(b"x", ts=ts)).sent_at == at


def test_the_same_id_on_another_connection_is_another_message() -> None:
    assert read(query(b"x", id="1", smsc="a")).source != read(query(b"x", id="1", smsc="b")).source


def test_without_an_id_the_words_the_sender_and_the_time_tell_messages_apart() -> None:
    first = read(query(b"x", ts="1")).source_id
    assert first == read(query(b"x", ts="1", coding="0")).source_id
    assert first not in {read(query(b"y", ts="1")).source_id, read(query(b"x", ts="2")).source_id}


def test_only_a_reply_beyond_gsm_7_is_sent_as_unicode() -> None:
    assert "X-Kannel-Coding" not in reply_headers("Laporan diterima, kode {K7M2P9QA}. €5")
    assert reply_headers("ꦗꦭꦤ꧀")["X-Kannel-Coding"] == "2"
    assert reply_headers("ꦗ")["Content-Type"] == "text/plain; charset=utf-8"
