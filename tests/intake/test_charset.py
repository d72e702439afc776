"""Bytes are read in the charset in which they make sense, whatever is declared; nothing readable becomes U+FFFD."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.charset import NAMES, decode, text_of

DECLARED = sorted(set(NAMES.values()))
TEXTS = (
    "Jalan rusak di desa Kapas, banyak lubang!",
    "Jalan rusak",
    "ya",
    "e",
    "RT 01/RW 02, km 1.5 (Rp10.000)",
    "kafé di depan SD 2",
    "harga naik 5€",
    "“jalan” – rusak…",
    "ꦗꦭꦤ꧀",
    "ꦗ",
    "ꦱꦸꦒꦼꦁ ꦫꦮꦸꦃ di Kapas",
    "jalan rusak 🚧",
    "🚧",
    "mohon dibantu 👨‍👩‍👧 ya",
    "جالن روسق",
    "baris satu\nbaris dua",
)  # fmt: skip
MARKED = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


def encoded(text: str) -> list[tuple[bytes, str]]:
    kinds = (
        "utf-8",
        "utf-16-be",
        "utf-16-le",
        *(["cp1252"] if not set(text) - set("“–…€é”") - set(map(chr, range(127))) else []),
    )
    return [(text.encode(kind), kind) for kind in kinds]


@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize("text", TEXTS)
def test_what_was_sent_is_read_whatever_is_declared(text: str, declared: str) -> None:
    for raw, kind in encoded(text):
        if declared == "iso8859-15" and kind == "cp1252" and set(text) & set("“–…€"):
            continue  # the same bytes are other characters there
        assert decode(raw, declared)[0] == text, kind


@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize("kind", MARKED)
@pytest.mark.parametrize("text", [*TEXTS, "橡污渡"])
def test_a_byte_order_mark_decides(text: str, kind: str, declared: str) -> None:
    raw = MARKED[kind] + text.encode(kind)
    assert decode(raw, declared) == (text, kind)
    assert text_of([raw, raw], kind) == text * 2


@pytest.mark.parametrize("kind", ["utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_message_cut_within_a_character_is_read_up_to_there(kind: str, lost: int) -> None:
    raw = "jalan rusak 🚧".encode(kind)[:-lost]
    assert decode(raw, kind)[0].rstrip("\ufffd") == "jalan rusak "


@given(st.binary(max_size=60), st.sampled_from(DECLARED))
def test_any_bytes_have_a_reading_that_is_found_again(raw: bytes, declared: str) -> None:
    text, charset = decode(raw, declared)
    if not text.endswith("\ufffd") and len(raw) % 2 == 0:
        assert text_of([raw], charset) == text
    assert len(charset) <= 16


@given(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyz ,.0123456789ꦗꦭꦤꦫꦸꦱꦏ🚧é€", min_size=8, max_size=70),
    st.sampled_from(["utf-8", "utf-16-be", "utf-16-le"]),
)
def test_what_is_declared_rightly_is_read_so(text: str, charset: str) -> None:
    assert decode(text.encode(charset), charset)[0] == text
