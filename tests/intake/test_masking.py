"""The reporter's own number, name and address never stay in words that leave."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.contacts import e164, reporter, sender
from services.intake.masking import Reporter, mask

SITI = reporter("+62811000000", "siti.aminah@example.org", "Siti Aminah", "ID")
GAPS = st.sampled_from(["", " ", "-", ".", " - ", "/", "\u00a0", "\u200b", ") ", "\n"])
WORDS = st.text(st.sampled_from("abc XYZ.,\n!?éع"), max_size=30)


@pytest.mark.parametrize(
    "number",
    [
        "0811000000",
        "62811000000",
        "+62811000000",
        "+62 811-000-000",
        "0811.000.000",
        "0062 811 000 000",
        "(0811) 000 000",
        "+62 (0) 811 000000",
        "+62-0811-000-000",
        "811000000",
        "0 8 1 1 0 0 0 0 0 0",
        "٠٨١١٠٠٠٠٠٠",
        "０８１１００００００",
    ],
)
def test_every_spelling_of_the_number_is_masked(number: str) -> None:
    assert mask(f"hubungi {number} ya", SITI) == "hubungi [nomor pelapor] ya"


@given(WORDS, WORDS, st.lists(GAPS, min_size=9, max_size=9), st.sampled_from(["", "0", "62", "+62", "0062", "+62 (0)"]))
def test_the_number_is_never_left_in(before: str, after: str, gaps: list[str], start: str) -> None:
    spelt = start + "".join(gap + digit for gap, digit in zip(gaps, "811000000", strict=True))
    left = mask(f"{before}{spelt}{after}", SITI)
    assert "811000000" not in re.sub(r"\D", "", left)
    assert before.rstrip("(") in left
    assert left.endswith(after)


@given(WORDS, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]), st.sampled_from([" ", "  ", "-", "\n"]))
def test_the_name_is_never_left_in_as_a_word(words: str, cased: object, gap: str) -> None:
    name = cased(f"siti{gap}aminah")  # type: ignore[operator]
    left = mask(f"{words} {name}, {cased('siti')}. {words}", SITI).casefold()  # type: ignore[operator]
    assert not re.search(r"\b(siti|aminah)\b", left)


@given(st.text(st.characters(codec="ascii", categories=["Lu", "Ll"]), min_size=3, max_size=12), WORDS)
def test_no_name_is_left_in(name: str, words: str) -> None:
    left = mask(f"{words} {name} {words}", Reporter(name=name))
    known = {"nama", "nomor", "pelapor", "surel", "anonim", "bapak", "ibu", "pak", "haji", "hajah"} | {
        "mas", "mbak", "dan", "bin", "binti", "drs"
    }  # fmt: skip
    assert name.casefold() in known | {"abc", "xyz"} or not re.search(rf"\b{name}\b", left, re.IGNORECASE)


def test_the_address_is_masked_in_any_case() -> None:
    assert mask("tulis ke Siti.Aminah@EXAMPLE.org", SITI) == "tulis ke [surel pelapor]"


def test_other_words_numbers_and_names_stay() -> None:
    text = "Rumah sakit situbondo, RT 08 RW 11, 0812345678, Pak Budi"
    assert mask(text, SITI) == text


def test_a_title_is_no_name() -> None:
    assert mask("Pak lurah dan Bu Sri", Reporter(name="Pak Sri")) == "Pak lurah dan Bu [nama pelapor]"


def test_a_long_text_of_digits_is_masked_in_good_time() -> None:
    left = mask("0811 00" * 20_000 + "0811000000", SITI)
    assert "811000000" not in left


@pytest.mark.parametrize("number", ["0811000000", "+62811000000", "+62 811-000-000", "0062811000000"])
def test_a_number_has_one_form(number: str) -> None:
    assert e164(number if not number.startswith("00") else "+" + number[2:], "ID") == "+62811000000"


@pytest.mark.parametrize(
    ("given_as", "kept"),
    [
        ("62811000000", "+62811000000"),
        ("+62811000000", "+62811000000"),
        ("0811000000", "+62811000000"),
        ("1708", "1708"),
        ("TELKOMSEL", "TELKOMSEL"),
        ("", ""),
    ],
)
def test_a_sender_has_one_form_and_odd_ones_stay(given_as: str, kept: str) -> None:
    assert sender(given_as, "ID") == kept
