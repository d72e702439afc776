"""Personal data does not stay in a public text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.reading.redact import redact

BOTHERSOME = st.text(
    alphabet=st.one_of(
        st.sampled_from("0123456789０１²①٣ .-/,()+@[]\u200bRprekBCAhpwaSBDDABCjuta:\n"),
        st.characters(exclude_categories=["Cs"]),
    )
)
PIECES = (
    "rek |telp |wa |Rp |S |12|0811|0353|3522|1015|2020|12-01-2020|08.00-09.00|AB| |-|.|/|(|)|+62|811|000000|111.8818"
    "|[rekening]|nopol |a@b.co|9|o|O8|norek |BRI |(at)|[dot]|XYZ"
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
        ("nopol: B 1234 XYZ", "nopol: [pelat nomor]"),
        ("plat S 1234 AB", "plat [pelat nomor]"),
        ("Plat nomor S 1234 ab, merah", "Plat nomor [pelat nomor], merah"),
        ("no. pol b-99-xy.", "no. pol [pelat nomor]."),
        ("plat B 2015 tk", "plat [pelat nomor] tk"),
        ("nopol S 1234 di pasar", "nopol [pelat nomor] di pasar"),
        ("nopol S 1234. Ibu itu lari", "nopol [pelat nomor]. Ibu itu lari"),
        ("plat S 1234 parkir", "plat [pelat nomor] parkir"),
        ("rek BRI 0011 01 000000 50 1", "rek BRI [rekening]"),
        ("rekening BCA 0000001234", "rekening BCA [rekening]"),
        ("kode 123456789012", "kode [rekening]"),
        ("id 123456789", "id [rekening]"),
        ("norek 6012345", "norek [rekening]"),
        ("No. Rek: 601-234-5 a.n. Budi", "No. Rek: [rekening] a.n. Budi"),
        ("norek 6012000", "norek [rekening]"),
        ("nomor rekening 601234", "nomor rekening [rekening]"),
        ("rekeningnya BCA no. 601 2345", "rekeningnya BCA no. [rekening]"),
        ("rekening bank mandiri 60123456", "rekening bank mandiri [rekening]"),
        ("transfer ke BRI 601234, 2 kali", "transfer ke BRI [rekening], 2 kali"),
        ("budi (at) example.com", "[email]"),
        ("surel budi [at] example [dot] com.", "surel [email]."),
        ("budi.s(AT)contoh(titik)co(titik)id ya", "[email] ya"),
        ("budi@example [dot] com", "[email]"),
        ("o812 3456 7890", "[telepon]"),
        ("hub O812-3456-7890 ya", "hub [telepon] ya"),
        ("wa:o81234567890", "wa:[telepon]"),
        ("(o353) 881000 kantor", "[telepon] kantor"),
        ("031.5550000", "[telepon]"),
        ("NIK 35221O15O59OOOO1", "NIK [NIK]"),
        ("nik 3522l0l505900001", "nik [NIK]"),
        ("wa 0811O00O001", "wa [telepon]"),
        ("NIP 19650412 198903 1 004", "NIP [NIP]"),
        ("nip 196504121989031004", "nip [NIP]"),
        ("budi at gmail titik com", "[email]"),
        ("budi.s @ gmail . com ya", "[email] ya"),
        ("surel tini @contoh.example", "surel [email]"),
        ("id pel 512345678901 padam", "id pel [nomor pelanggan] padam"),
        ("no pelanggan PDAM 012345", "no pelanggan PDAM [nomor pelanggan]"),
        ("No. kartu BPJS: 0001234567890", "No. kartu BPJS: [nomor pelanggan]"),
        ("cc @tini_99 dan ig: tini.99", "cc [akun] dan ig: [akun]"),
        ("lihat www.facebook.com/tini.99", "lihat [akun]"),
        ("mobil S 12 AB lari", "mobil [pelat nomor] lari"),
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
        "RT 05 RW 02",
        "tahun 2017",
        "KM 12",
        "PJU 123456",
        "PJU mandiri 123456 mati",
        "PLN jatim 123456",
        "Rp 6012345",
        "rekening listrik 152500 per bulan",
        "bayar rekening 150000",
        "pinjam ke bank 5000000",
        "pinjam di BRI Rp 6012345",
        "bri 2015 2016",
        "bank jatim buka 07.30-15.00",
        "norek 12345",
        "pelat 2 mm dan plat besi 10 mm",
        "rapat (at) balai desa",
        "kumpul [at] pasar, titik 3",
        "guru P3K dan PPPK, lulusan D3 BSI",
        "dinas P3A, buku P3K, K3LL, P2H",
        "kode pin E2747MLB",
        "sebesar rp,3,066.002.965 itu",
        "Rp.400.000-500.000/anak",
        "hanya sebesar 2,175,000,000 (dua miliar)",
        "25.04.2017-27.04.2017 dan 25-27.04.2017",
        "di -7.150975123456, 111.881860987654",
        "saya at rumah, titik 3",
        "min @kotabojonegoro. Info",
        "O2 2000 liter",
        "o8 orang dan o812 saja",
        "golongan darah O 12 kantong",
        "RSO 81234",
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
    decimals = re.compile(r"\d{1,2}\.\d{4,16}[,;/\s]{1,3}(?:-\s?)?\d{2,3}\.\d{4,16}")  # of coordinates
    assert re.search(r"\d{9,}", decimals.sub("", public)) is None
    assert len(public) <= 5 * len(text)


@given(st.integers(1, 28), st.integers(1, 12), st.integers(0, 99), st.sampled_from(["", " ", ".", "-", "\u200b"]))
def test_every_nik_is_found_however_it_is_spaced(day: int, month: int, year: int, between: str) -> None:
    digits = f"352210{day:02}{month:02}{year:02}0001"
    assert redact(f"nama saya {between.join(digits)} ya") == "nama saya [NIK] ya"


@given(st.from_regex(r"0?8[1-9][0-9]{7,9}", fullmatch=True), st.sampled_from(["", "-", ".", "\u200b"]))
def test_every_mobile_number_is_found_however_it_is_spaced(digits: str, between: str) -> None:
    assert redact(f"wa {between.join(digits)}") == "wa [telepon]"


@pytest.mark.parametrize(
    "unit",
    ["1", "1 ", "a@", "a", "S 1 ", "1.", "0811 ", "(", "+", "a@b.", "o8", "a (at) ", "a[dot]", "(at)  ", "rek no "],
)
def test_long_nonsense_does_not_stall(unit: str) -> None:
    assert len(redact(unit * (200_000 // len(unit)))) <= 1_000_000


def test_a_number_of_a_million_digits_is_one_number() -> None:
    assert redact("7" * 1_000_000) == "[rekening]"
