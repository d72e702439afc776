"""Names of private persons, homes and dates of birth are masked where they are certain, and told where suspected."""

from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from contracts.region import load_region
from services.routing.reading.personal import PersonalData

HERE = Path(__file__).parent / "sentences"
REGION = load_region(Path("regions/bojonegoro"))
DATA = PersonalData.of(REGION)


def put_aside() -> list[tuple[list[str], str]]:
    """Of every second sentence of persons.txt: what is private in it, and the sentence."""
    lines = islice((HERE / "persons.txt").read_text().splitlines(), 1, None, 2)
    told = (line.split("\t") for line in lines)
    return [([each for each in private.split(";") if each], text) for private, text in told]


def suspected(text: str, day: date | None = None) -> list[tuple[str, str]]:
    return [(each.what, text[each.start : each.end]) for each in DATA.suspects(text, day)]


def would_go_out(private: str, text: str) -> bool:
    """Whether the public would read it though nobody was asked."""
    return private in DATA.redact(text) and not any(
        private in words or words in private for _, words in suspected(text)
    )


def test_of_sentences_put_aside_all_that_is_private_is_masked_or_told() -> None:
    private = [(each, text) for words, text in put_aside() for each in words]
    out = [each for each in private if would_go_out(*each)]
    assert len(out) <= 0.03 * len(private), out


def test_of_sentences_put_aside_few_that_are_clean_are_held() -> None:
    clean = [text for words, text in put_aside() if not words]
    held = [text for text in clean if suspected(text) or DATA.redact(text) != text]
    assert len(held) <= 0.1 * len(clean), held


def test_few_sentences_that_others_wrote_for_other_ends_are_held() -> None:
    names = ("complaint", "information", "idea", "not_urgent", "urgent", "sensitive", "not_sensitive")
    sentences = [line for name in names for line in (HERE / f"{name}.txt").read_text().splitlines()]
    held = [text for text in sentences if suspected(text)]
    assert len(held) <= 0.05 * len(sentences), held


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("nama saya Sumarni dari Kapas, jalan rusak", "nama saya [nama] dari Kapas, jalan rusak"),
        ("an. Siti Aminah belum terima kis", "an. [nama] belum terima kis"),
        ("rumah saya jl. Kenanga no. 12 banjir", "rumah saya [alamat] banjir"),
        ("alamat: Dusun Krajan rt 2 rw 1 no 5, sampah", "alamat: [alamat], sampah"),
        ("ibu lahir di Tuban, 12 mei 1955, salah di KTP", "ibu lahir di Tuban, [tanggal lahir], salah di KTP"),
        ("TTL: Bojonegoro, 17-08-1987", "TTL: Bojonegoro, [tanggal lahir]"),
        ("motor S 4321 XY, fb: Tini Lestari, cc @tini_99", "motor [pelat nomor], fb: [akun], cc [akun]"),
    ],
)
def test_what_is_certain_is_masked_and_holds_nothing(text: str, public: str) -> None:
    assert DATA.redact(text) == public
    assert suspected(text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mbah Paijem (75 th) belum dapat bantuan", [("name", "Paijem"), ("age", "75 th")]),
        ("terima kasih. Wagiman, Dander", [("name", "Wagiman")]),
        ("pak carik Sutrisno minta uang", [("name", "Sutrisno")]),
        ("sampah di jl. Kenanga no 12 dekat rumah saya", [("address", "jl. Kenanga no 12")]),
        ("Riko dipukul gurunya. keluarga riko takut", [("name", "Riko"), ("name", "riko")]),
    ],
)
def test_what_is_only_suspected_stays_and_is_told(text: str, told: list[tuple[str, str]]) -> None:
    assert suspected(text) == told
    assert DATA.redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Jl. Ahmad Yani depan pasar rusak",
        "SMA Panglima Sudirman minta sumbangan",
        "di Jl. Veteran no 15 ada lubang",
        "RT 03 RW 02 Desa Sukorejo belum ada lampu",
        "pak bupati, bu camat Kalitidu dan pak kades tolong jalan kami",
        "RSUD dr. R. Sosodoro Djatikoesoemo antri lama",
        "umur jembatan itu 40 tahun",
        "usul jadwal dukcapil tgl 12-05-2025",
    ],
)
def test_streets_schools_offices_and_titles_are_no_persons(text: str) -> None:
    assert suspected(text) == []
    assert DATA.redact(text) == text


def test_who_is_in_office_on_that_day_may_be_named() -> None:
    text = "Kang Yoto, kapan dialog lagi?"
    assert suspected(text, date(2015, 3, 2)) == suspected(text) == []
    assert suspected(text, date(2021, 3, 2)) == [("name", "Yoto")]
    assert suspected("tetangga saya Suyoto Wibowo", date(2015, 3, 2)) != []


def test_a_region_of_another_language_finds_no_names_but_homes() -> None:
    data = PersonalData.of(load_region(Path("tests/regions/nyc")))
    assert data.suspects("Mr Sutrisno parks here") == ()
