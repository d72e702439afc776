"""The reading of messages, clean texts, codes, and standings."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import (
    CODE_ALPHABET,
    StandingChange,
    arrived_at,
    clean_text,
    follow,
    make_code,
    may_be_code,
    parse_token,
)
from services.intake.meaning import (
    Amends,
    Asks,
    Meaning,
    NeedsHelp,
    NoSuchCode,
    Rates,
    Says,
    TooLong,
    Withdraws,
    read_message,
)

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("BJN Jalan rusak", Says("Jalan rusak")),
        ("bjn jalan rusak", Says("jalan rusak")),
        ("Bjn#jalan rusak#desa Sukorejo", Says("jalan rusak#desa Sukorejo")),
        ("#BJN# jalan", Says("jalan")),
        ("BJN#jalan", Says("jalan")),
        ("bjnjalan rusak", Says("jalan rusak")),
        ("  BJN:  jalan\r\nrusak ", Says("jalan\nrusak")),
        ("Jalan rusak", Says("Jalan rusak")),
        ("tidak ada air di Kapas", Says("tidak ada air di Kapas")),
        ("tidak bergerak antrian di puskesmas", Says("tidak bergerak antrian di puskesmas")),
        ("cek lampu jalan mati", Says("cek lampu jalan mati")),
        ("tambah guru di SDN 2", Says("tambah guru di SDN 2")),
        ("batalkan proyek itu", Says("batalkan proyek itu")),
        ("🚧", Says("🚧")),
        ("", NeedsHelp()),
        ("BJN", NeedsHelp()),
        ("bjn ##", NeedsHelp()),
        ("\x00\x01 ", NeedsHelp()),
        ("CEK", NeedsHelp()),
        ("CEK K7M2P9QA", Asks("K7M2P9QA")),
        ("bjn cek k7m2p9qa", Asks("K7M2P9QA")),
        ("cek#K7M2-P9QA.", Asks("K7M2P9QA")),
        ("cekK7M2P9QA", Asks("K7M2P9QA")),
        ("CEK K7M2", NoSuchCode("K7M2")),
        ("PUAS K7M2P9QA", Rates("K7M2P9QA", True, None)),
        ("tidak k7m2p9qa masih bocor", Rates("K7M2P9QA", False, "masih bocor")),
        ("BATAL K7M2P9QA", Withdraws("K7M2P9QA")),
        ("Tambah K7M2P9QA, di depan balai desa", Amends("K7M2P9QA", "di depan balai desa")),
        ("TAMBAH K7M2P9QA", NeedsHelp()),
        ("BJN " + "a" * 4000, Says("a" * 4000)),
        ("BJN " + "a" * 4001, TooLong()),
    ],
)
def test_a_message_is_read_as_a_person_would(text: str, meaning: Meaning) -> None:
    assert read_message(text, "BJN") == meaning


@given(st.text(max_size=300))
def test_no_message_breaks_the_reading(text: str) -> None:
    match read_message(text, "BJN"):
        case Says(words):
            assert words == clean_text(words) != ""


@given(st.text())
def test_a_clean_text_has_no_control_characters_and_stays_as_it_is(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not any(ord(c) < 32 and c not in "\n\t" for c in cleaned)


def test_a_code_has_eight_characters_and_is_no_word() -> None:
    codes = {make_code(secrets.randbelow) for _ in range(2000)}
    assert len(codes) == 2000
    assert all(len(code) == 8 and set(code) <= set(CODE_ALPHABET) and may_be_code(code) for code in codes)
    assert all(read_message(f"cek {code.lower()}", "BJN") == Asks(code) for code in codes)


@pytest.mark.parametrize("token", ["", "\0", "' OR 1=1 --", "K7M2P9Q", "BERGERAK1", "9" * 100_000])
def test_a_text_that_cannot_be_a_token_is_not_looked_up(token: str) -> None:
    assert parse_token(token) == ("", "")


def test_a_message_arrived_when_its_provider_says_if_that_is_credible() -> None:
    assert arrived_at(NOW - timedelta(hours=3), NOW) == NOW - timedelta(hours=3)
    for wrong in (None, NOW + timedelta(seconds=1), NOW - timedelta(days=31)):
        assert arrived_at(wrong, NOW) == NOW


def test_a_standing_keeps_its_agency_and_forgets_its_closure_when_reopened() -> None:
    changes = [
        StandingChange("verified", None, None, NOW),
        StandingChange("disposed", "dpu", None, NOW),
        StandingChange("closed", None, "done", NOW),
    ]
    closed = follow(None, changes)
    assert (closed.status, closed.agency, closed.closure) == ("closed", "dpu", "done")
    reopened = follow(closed, [StandingChange("reopened", "dpu", None, NOW)])
    assert (reopened.status, reopened.closure) == ("reopened", None)
