"""What points to one person does not stay in a public text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.redact import redact

BOTHERSOME = st.text(
    alphabet=st.one_of(
        st.sampled_from("0123456789０１²①٣ .-/,()+@[]\u200bRprekBCAhpwaSBDDABCjuta:\n"),
        st.characters(exclude_categories=["Cs"]),
    )
)
PIECES = (
    "rek |telp |wa |Rp |S |12|0811|0353|3522|1015|2020|12-01-2020|08.00-09.00|AB| |-|.|/|(|)|+62|811|000000|111.8818"
    "|[rekening]|nopol |a@b.co|9"
)
NUMBERS = st.lists(st.sampled_from(PIECES.split("|")), max_size=14).map("".join)


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("NIK saya 3522101505900001 tolong", "NIK saya [NIK] tolong"),
        ("nik 3522 1015 0590 0001", "nik [NIK]"),
        ("KK 3522.1015.0590.0001 hilang", "KK [NIK] hilang"),
        ("kk 9999999999999999", "kk [NIK]"),
        ("nik ３５２２１０１５０５９００００１", "nik [NIK]"),
        ("nik 3522\u200b1015\u200b0590\u200b0001", "nik [NIK]"),
        ("hubungi 0811000000", "hubungi [telepon]"),
        ("081-1000-000 atau +62 811 000 000", "[telepon] atau [telepon]"),
        ("+62811000000", "[telepon]"),
        ("0 8 1 1 0 0 0 0 0 0", "[telepon]"),
        ("(0353) 000000 kantor", "[telepon] kantor"),
        ("(0353) 881000 kantor", "[telepon] kantor"),
        ("021-5550000", "[telepon]"),
        ("no 15 0811 0000 000 ya", "no 15 [telepon] ya"),
        ("0811000000/0811000001", "[telepon]/[telepon]"),
        ("telp 881000", "telp [telepon]"),
        ("wa 811000000", "wa [telepon]"),
        ("surel tini@contoh.example.", "surel [email]."),
        ("a.b+c@contoh.co.id,", "[email],"),
        ("081100000@contoh.example", "[email]"),
        ("motor S 1234 AB parkir", "motor [pelat nomor] parkir"),
        ("B1234XYZ", "[pelat nomor]"),
        ("truk s 9999 xy lewat", "truk [pelat nomor] lewat"),
        ("nopol S 1234", "nopol [pelat nomor]"),
        ("rek BRI 0011 01 000000 50 1", "rek BRI [rekening]"),
        ("rekening BCA 0000001234", "rekening BCA [rekening]"),
        ("kode 123456789012", "kode [rekening]"),
        ("id 123456789", "id [rekening]"),
    ],
)
def test_personal_numbers_and_addresses_are_replaced(text: str, public: str) -> None:
    assert redact(text) == public


@pytest.mark.parametrize(
    "text",
    [
        "RT 02 RW 03 no 15",
        "rt 02/rw 03",
        "biaya Rp 1.500.000 per orang",
        "anggaran Rp 1.500.000.000,-",
        "Rp 1000",
        "tanggal 12-05-2015 dan 2016-01-31",
        "tgl 08/12/2015 10 orang",
        "jam 07.00-12.00 dan 13.00-16.00",
        "jam 07.30 08.30 09.30 10.30",
        "tahun 2014 2015 2016 2017",
        "dana desa dd 2015 tdk ada",
        "harga 5000 10000 15000 naik",
        "di -7.150975, 111.881860",
        "ketik ke 1708 atau 3934",
        "jalan km 12 rusak, 5 m x 3 m",
        "kelas 3 A dan 4 B",
        "blok A 12 di pasar",
        "😀 laporan 👨‍👩‍👧 123",
    ],
)
def test_ordinary_numbers_stay(text: str) -> None:
    assert redact(text) == text


@given(st.one_of(BOTHERSOME, NUMBERS))
def test_redacting_again_changes_nothing(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(st.one_of(BOTHERSOME, NUMBERS))
def test_no_run_of_nine_digits_survives_and_nothing_swells(text: str) -> None:
    public = redact(text)
    assert re.search(r"\d{9,}", public) is None
    assert len(public) <= 5 * len(text)


@given(st.integers(1, 28), st.integers(1, 12), st.integers(0, 99), st.sampled_from(["", " ", ".", "-", "\u200b"]))
def test_every_nik_is_found_however_it_is_spaced(day: int, month: int, year: int, between: str) -> None:
    digits = f"352210{day:02}{month:02}{year:02}0001"
    assert redact(f"nama saya {between.join(digits)} ya") == "nama saya [NIK] ya"


@given(st.from_regex(r"0?8[1-9][0-9]{7,9}", fullmatch=True), st.sampled_from(["", "-", ".", "\u200b"]))
def test_every_mobile_number_is_found_however_it_is_spaced(digits: str, between: str) -> None:
    assert redact(f"wa {between.join(digits)}") == "wa [telepon]"


@pytest.mark.parametrize("unit", ["1", "1 ", "a@", "a", "S 1 ", "1.", "0811 ", "(", "+", "a@b."])
def test_long_nonsense_does_not_stall(unit: str) -> None:
    assert len(redact(unit * (200_000 // len(unit)))) <= 1_000_000


def test_a_number_of_a_million_digits_is_one_number() -> None:
    assert redact("7" * 1_000_000) == "[rekening]"
