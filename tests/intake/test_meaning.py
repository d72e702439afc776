"""Messages as people write them: each is read as a person would read it."""

import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.region import load_region
from services.intake.domain import clean_text, make_code
from services.intake.meaning import (
    Amends,
    Asks,
    IsAnswered,
    LacksCode,
    Meaning,
    Mentions,
    NoSuchCode,
    Rates,
    Says,
    Withdraws,
    codes_in,
    read_message,
)
from services.intake.replies import Replies

SPEECH = Replies(load_region(Path("regions/bojonegoro"))).speech
CODE = "K7M2P9QA"
HELP, THANKS, STOPPED, NOT_FILED = (IsAnswered(name) for name in ("help", "thanks", "stopped", "not_filed"))


def read(text: str, known: bool = True) -> Meaning:
    return read_message(text, SPEECH, codes_in(text) & {CODE} if known else ())


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
        ("tidak ada 2 desa yang dapat air", Says("tidak ada 2 desa yang dapat air")),
        ("tidak bergerak antrian di puskesmas", Says("tidak bergerak antrian di puskesmas")),
        ("belum ada perbaikan jalan di Kapas", Says("belum ada perbaikan jalan di Kapas")),
        ("cek lampu jalan mati", Says("cek lampu jalan mati")),
        ("tambah guru di SDN 2", Says("tambah guru di SDN 2")),
        ("batalkan proyek itu", Says("batalkan proyek itu")),
        ("stop pungli di kantor desa", Says("stop pungli di kantor desa")),
        ("info jalan rusak di Kapas", Says("info jalan rusak di Kapas")),
        ("bantuan sosial belum cair", Says("bantuan sosial belum cair")),
        ("halo, lampu jalan mati di Dander", Says("halo, lampu jalan mati di Dander")),
        ("terima kasih, tapi jalan masih rusak", Says("terima kasih, tapi jalan masih rusak")),
        ("assalamualaikum pak mohon jalan Kapas dicek", Says("assalamualaikum pak mohon jalan Kapas dicek")),
        ("BJN pulsa anda pemda, warga miskin ditagih", Says("pulsa anda pemda, warga miskin ditagih")),
        ("🚧", Says("🚧")),
        ("BJN " + "a" * 4000, Says("a" * 4000)),
        ("BJN " + "a" * 4001, IsAnswered("too_long")),
    ],
)
def test_words_about_the_world_are_a_report(text: str, meaning: Meaning) -> None:
    assert read(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "CEK K7M2P9QA", "bjn cek k7m2p9qa", "cek#K7M2-P9QA.", "cekK7M2P9QA", "CEK (spasi) K7M2P9QA", '"CEK K7M2P9QA"',
        "*CEK K7M2P9QA*", "CEK KODE K7M2P9QA", "cek laporan K7M2P9QA", "STATUS K7M2P9QA", "Re: CEK K7M2P9QA",
        "Fwd: Re: cek k7m2p9qa", "K7M2P9QA", "kode: K7M2P9QA", "K7M2‐P9QA", "K7M2–P9QA", "K7M2—P9QA",
        "K7M2−P9QA", "cek K7M2‑P9QA", "C E K K7M2P9QA", "c e k k 7 m 2 p 9 q a", "K7 M2.P9 QA",
        "cek K7.M2.P9.QA", "CEK: K7M2P9QA", "CEK:K7M2P9QA", "Cek kode: K7M2P9QA", "Pak, cek laporan K7M2P9QA",
        "mohon cek K7M2-P9QA ya", "K7M2P9QA cek", "Assalamualaikum. Bagaimana laporan saya K7M2P9QA?", "<K7M2P9QA>",
        "check K7M2P9QA", "cek laporan lampu jalan K7M2P9QA", "cek\nK7M2P9QA", "_cek_ K7M2P9QA",
        "ＣＥＫ Ｋ７Ｍ２Ｐ９ＱＡ",
        "info K7M2P9QA", "piye kabare laporanku K7M2P9QA", "laporan kulo K7M2P9QA pripun nggih", "lacak K7M2P9QA",
    ],
)  # fmt: skip
def test_every_way_to_ask_by_a_code_is_understood(text: str) -> None:
    assert read(text) == Asks(CODE)


@pytest.mark.parametrize(
    "text",
    [
        "CEK",
        "cek?",
        '"CEK KODE"',
        "CEK (spasi) KODE",
        "cek laporan saya pak",
        "status",
        "C E K",
        "sampai mana laporan saya?",
        "piye kabare laporanku",
    ],
)
def test_a_question_without_a_code_is_about_the_newest_report(text: str) -> None:
    assert read(text) == Asks(None)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("PUAS K7M2P9QA", Rates(CODE, True, None)),
        ("K7M2P9QA puas", Rates(CODE, True, None)),
        ("puas dengan laporan K7M2P9QA, terima kasih", Rates(CODE, True, "terima kasih")),
        ("tidak k7m2p9qa masih bocor", Rates(CODE, False, "masih bocor")),
        ('"TIDAK (spasi) K7M2-P9QA masih bocor"', Rates(CODE, False, "masih bocor")),
        ("belum puas K7M2P9QA: masih gelap", Rates(CODE, False, "masih gelap")),
        ("BATAL K7M2P9QA", Withdraws(CODE)),
        ("tarik laporan K7M2P9QA", Withdraws(CODE)),
        ("mohon batalkan kode K7M2P9QA", Withdraws(CODE)),
        ("Tambah K7M2P9QA, di depan balai desa", Amends(CODE, "di depan balai desa")),
        ("TAMBAH K7M2P9QA", Amends(CODE, None)),
        ("BJN K7M2P9QA lokasi di depan balai desa", Mentions((CODE,), "K7M2P9QA lokasi di depan balai desa")),
        ("K7M2P9QA tidak ada perubahan", Mentions((CODE,), "K7M2P9QA tidak ada perubahan")),
        ("jalan di K7M2P9QA makin rusak", Mentions((CODE,), "jalan di K7M2P9QA makin rusak")),
        ("PUAS", LacksCode("satisfied")),
        ("tidak", LacksCode("unsatisfied")),
        ("belum puas pak", LacksCode("unsatisfied")),
        ("BATAL", LacksCode("withdraw")),
        ("batalkan laporan saya", LacksCode("withdraw")),
        ("tidak jadi", LacksCode("withdraw")),
        ("gak puas K7M2P9QA", Rates(CODE, False, None)),
    ],
)
def test_what_only_the_reporter_may_say_needs_a_code(text: str, meaning: Meaning) -> None:
    assert read(text) == meaning


@pytest.mark.parametrize(
    "text", ["CEK K7M2P9QA", "cek K7M2 P9QA", "K7M2P9QA", "TIDAK K7M2P9QA masih bocor", "cekK7M2P9QA"]
)
def test_a_code_that_no_report_has_is_told(text: str) -> None:
    assert read(text, known=False) == NoSuchCode(CODE)


@pytest.mark.parametrize("text", ["BJN6D5ZG", "bjn6-d5zg", "CEK BJN6D5ZG", "BJN BJN6D5ZG", "BJN CEK BJN6D5ZG"])
def test_a_code_that_begins_as_the_keyword_does_is_whole(text: str) -> None:
    assert read_message(text, SPEECH, {"BJN6D5ZG"}) == Asks("BJN6D5ZG")


@pytest.mark.parametrize(("text", "code"), [("CEK K7M2", "K7M2"), ("cek laporan k7m2p9q0 pak", "K7M2P9Q0")])
def test_a_word_with_a_digit_in_the_place_of_a_code_is_told(text: str, code: str) -> None:
    assert read(text) == NoSuchCode(code)


@pytest.mark.parametrize(
    ("meaning", "texts"),
    [
        (HELP, ["", "BJN", "bjn ##", "\x00\x01 ", "INFO", "bantuan pak", "HELP", "Assalamualaikum", "tes"]),
        (HELP, ["selamat pagi min", "1", "08 110 000 00?", "inggih pak"]),
        (HELP, ["Ini nomor siapa?", "pak mau lapor caranya gimana"]),
        (HELP, ["halo", "p", "ping", "lapor", "TAMBAH", "cara lapor", "selamat siang pak, mohon bantuan"]),
        (THANKS, ["terima kasih", "Makasih pak!", "matur nuwun", "suwun nggih", "Terima kasih sudah diperbaiki"]),
        (THANKS, ["ok terima kasih banyak bantuannya"]),
        (STOPPED, ["jangan sms lagi", "STOP", "stop sms", "UNREG", "UNREG BJN", "unsub", "berhenti pak"]),
        (NOT_FILED, ["Saya sedang rapat, nanti saya hubungi", "Pesan terkirim", "Pulsa Anda tidak cukup untuk SMS"]),
    ],
)  # fmt: skip
def test_words_that_report_nothing_are_answered(meaning: Meaning, texts: list[str]) -> None:
    assert [read(text) for text in texts] == [meaning] * len(texts)


@given(st.text(max_size=300))
def test_no_message_breaks_the_reading(text: str) -> None:
    match read(text):
        case Says(words):
            assert words == clean_text(words) != ""


PIECES = ["k7m2p9qa", "K7M2", "P9QA", "cek", "tidak", "puas", "batal", "pak", "c", "e", "k", "-", ".", "#", "2", "\n"]


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_no_order_of_commands_and_codes_breaks_the_reading(words: list[str]) -> None:
    text = " ".join(words)
    read(text)
    read(text, known=False)


def test_every_code_that_is_made_is_found() -> None:
    codes = {make_code(secrets.randbelow) for _ in range(500)}
    assert all(read_message(f"cek {code.lower()}", SPEECH, {code}) == Asks(code) for code in codes)
