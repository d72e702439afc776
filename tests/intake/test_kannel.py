"""Kannel's deliveries: text in any charset, times in two formats, ids that may be missing."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.kannel import PROVIDER, read, reply_headers
from services.intake.domain import TextMessage
from services.intake.provider import ProviderRequest
from services.intake.rest import UnreadableBody


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


POST_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<message cid="1">
\t<submit>
  \t\t<oa>  \t\t<number>+62811000000</number>
</oa>
  \t\t<da>  \t\t<number>1708</number>
</da>
  \t\t<ud>Jalan+rusak+5%25+%C3%A9</ud>
  \t\t<dcs>  \t\t<coding>0</coding>
</dcs>
  \t\t<at><year>2026</year><month>11</month><day>24</day><hour>05</hour><minute>00</minute><second>01</second><timezone>0</timezone></at>
  \t\t<from>  \t\t<account>x&amp;y</account>
</from>
\t</submit>
</message>
"""
"""As `obey_request` of Kannel 1.4.5 writes it."""
POST_URL = {
    "x-kannel-from": "+62811000000",
    "x-kannel-to": "1708",
    "x-kannel-time": "2026-11-24 05:00:01",
    "x-kannel-smsc": "x&y",
    "x-kannel-coding": "0",
}
SENT = datetime(2026, 11, 24, 5, 0, 1, tzinfo=UTC)


def deliver(body: bytes, media_type: str, query: bytes = b"", headers: Mapping[str, str] = POST_URL) -> TextMessage:
    return PROVIDER.read(ProviderRequest(query, body, media_type, headers))


@pytest.mark.parametrize(
    ("body", "media_type", "headers"),
    [
        ("Jalan rusak 5% é".encode(), 'text/plain; charset="UTF-8"', POST_URL),
        ("Jalan rusak 5% é".encode("utf-16-be"), 'text/plain; charset="UTF-16BE"', POST_URL | {"x-kannel-coding": "2"}),
        ("Jalan rusak 5% é".encode("utf-16-le"), 'text/plain; charset="UTF-16BE"', POST_URL | {"x-kannel-coding": "2"}),
        ("Jalan rusak 5% é".encode("cp1252"), "application/octet-stream", POST_URL | {"x-kannel-coding": "1"}),
        (POST_XML, 'text/xml; charset="UTF-8"', {}),
        (POST_XML, "application/xml", {}),
        (b"text=Jalan+rusak+5%25+%C3%A9&from=%2B62811000000&smsc=x%26y&ts=2026-11-24+05:00:01", "", {}),
    ],
    ids=["post-url", "ucs-2", "other order", "8 bit", "post-xml", "application/xml", "form"],
)
def test_every_form_of_a_post_is_read_as_a_get_is(body: bytes, media_type: str, headers: Mapping[str, str]) -> None:
    message = deliver(body, media_type, headers=headers)
    got = PROVIDER.read(
        ProviderRequest(
            b"from=%2B62811000000&to=1708&text=Jalan+rusak+5%25+%C3%A9&smsc=x%26y&ts=2026-11-24+05:00:01", b"", ""
        )
    )
    assert (message.text, message.sender, message.source) == (got.text, got.sender, got.source)
    assert message.sent_at == got.sent_at == SENT


def test_the_query_of_a_post_comes_before_its_headers() -> None:
    message = deliver(b"Jalan rusak", "text/plain", b"from=0811000009&id=7&smsc=xl")
    assert (message.sender, message.source, message.source_id) == ("0811000009", "kannel/xl", "7")


@pytest.mark.parametrize("media_type", ["text/plain", "application/octet-stream"])
def test_an_empty_sms_by_post_is_an_empty_message(media_type: str) -> None:
    assert deliver(b"", media_type).text == ""


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b'{"text": "jalan rusak"}', "application/json"),
        (b"message=jalan+rusak", "application/x-www-form-urlencoded"),
        (b"jalan rusak", ""),
        (b"jalan rusak", "multipart/form-data; boundary=x"),
        (b"<sms>jalan rusak</sms>", "text/xml"),
        (b"", ""),
    ],
)
def test_a_post_without_a_text_that_can_be_found_is_refused_and_not_lost(body: bytes, media_type: str) -> None:
    with pytest.raises(UnreadableBody, match=r"docs/kannel\.conf"):
        deliver(body, media_type, b"from=1&id=7")


@given(
    st.binary(max_size=200), st.sampled_from(["text/plain", "text/xml", "", "text/plain; charset=\xff", ";", "a/b/c"])
)
def test_no_post_is_answered_with_a_fault(body: bytes, media_type: str) -> None:
    with suppress(UnreadableBody):
        deliver(body, media_type)
