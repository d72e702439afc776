"""The reporter's own number, name and address are masked in all words that leave intake."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.contacts import NotAPhoneNumber, e164, reporter, sender
from services.intake.folding import Origin, fold
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


@pytest.mark.parametrize(
    "number",
    [
        "0811     000000",
        "0811 - - - - - 000000",
        "0811_._._000000",
        "0811<b>000000</b>",
        "0811 </b><br/> 000000",
        "0811&nbsp;000000",
        "0811&#160;000&#xA0;000",
        "&#48;811000000",
        "0811\u2800\u3164\u200d000000",
        "0️⃣8️⃣1️⃣1️⃣000000",
        *("".join(chr(zero + int(digit)) for digit in "0811000000") for zero in (0x1D7CE, 0x0E50, 0x1D7F6, 0x1FBF0)),
        "⁰⁸¹¹⁰⁰⁰⁰⁰⁰",
        "⓪⑧①①⓪⓪⓪⓪⓪⓪",
        "₀₈₁₁₀₀₀₀₀₀",
    ],
)
def test_an_odd_spelling_of_the_number_is_masked(number: str) -> None:
    left = fold(mask(f"hubungi {number} ya", SITI)).replace("</b>", "")
    assert left == "hubungi [nomor pelapor] ya"


@pytest.mark.parametrize(
    "name",
    [
        *("sitiaminah", "@sitiaminah", "#SitiAminah", "AminahSiti", "siti_aminah", "Aminahnya", "Siti2", "2Siti"),
        *("Sití", "Si\u0301ti", "Ｓｉｔｉ", "𝕾𝖎𝖙𝖎", "Si\u200bti", "S\u00adi\u2060ti", "Siti&nbsp;Aminah"),
    ],
)
def test_an_odd_spelling_of_the_name_is_masked(name: str) -> None:
    left = mask(f"saya {name}, ya", SITI)
    assert re.fullmatch(r"saya [@#2]?\[nama pelapor\]2?, ya", left)


@pytest.mark.parametrize(
    "address",
    [
        "siti.aminah＠example.org",
        "siti.aminah @ example.org",
        "siti . aminah@example. org",
        "si\u200bti.aminah@exa\u00admple.org",
        "siti.aminah&#64;example.org",
        "Siti.Aminah [at] example.org",
        "ｓｉｔｉ.aminah@example.org",
    ],
)
def test_an_odd_spelling_of_the_address_is_masked(address: str) -> None:
    assert mask(f"tulis ke {address} ya", SITI) == "tulis ke [surel pelapor] ya"


@pytest.mark.parametrize(
    "words",
    [
        "masih ada asal usul",
        "Sitinjau, hasiti, taminah; tidak semuanya, hanya",
        "RT 0811 lalu 000000",
        "0811" + " " * 13 + "000000",
        "Café &amp; warung ④ 𝟎𝟖",
        "budi@example.org, sita@example.net",
    ],
)
def test_no_other_word_is_masked(words: str) -> None:
    assert mask(words, reporter("0811000000", "siti@example.org", "M Asih A Sal Siti Aminah", "ID")) == words


@pytest.mark.parametrize(
    "contact",
    [
        {"phone": "0811000000 / 0822000001"},
        {"phone": "0811000000 atau 0822000001"},
        {"phone": "0811000000 0822000001"},
        {"phone": "+62811000000,+62822000001"},
        {"phone": "62811000000; (0822) 000-001"},
        {"phone": "𝟎𝟖𝟏𝟏𝟎𝟎𝟎𝟎𝟎𝟎", "name": "Siti 0822000001"},
        {"email": "0811000000 / 0822000001"},
        {"name": "Siti 0811000000 (WA 0062822000001)"},
    ],
)
def test_every_number_in_every_field_is_masked(contact: dict[str, str]) -> None:
    left = mask("hub +62 811 000 000 atau 0822-000-001 atau 0833000002", _reporter(**contact))
    assert left == "hub [nomor pelapor] atau [nomor pelapor] atau 0833000002"


@pytest.mark.parametrize(
    "phone", ["0811000000 (WA Siti)", "62811000000@c.us", "628110000001234567", "+628110000001234567", "WA:0811000000"]
)
def test_a_number_with_more_behind_it_is_masked(phone: str) -> None:
    left = mask(f"hub 0811000000 atau {phone}", _reporter(phone=phone))
    assert re.fullmatch(r"hub \[nomor pelapor\] atau \D+", left)


@pytest.mark.parametrize(
    "contact",
    [
        {"email": "siti@example.org, s2@example.net"},
        {"email": "Siti <siti@example.org>; <s2@example.net>"},
        {"email": "mailto:siti@example.org,mailto:s2@example.net"},
        {"email": "Siti＠Example.org/s2 @ example.net."},
        {"phone": "siti@example.org", "name": "s2@example.net"},
    ],
)
def test_every_address_in_every_field_is_masked(contact: dict[str, str]) -> None:
    left = mask("tulis siti@example.org, s2@example.net, s3@example.org", _reporter(**contact))
    assert left == "tulis [surel pelapor], [surel pelapor], s3@example.org"


def test_the_name_before_an_address_is_masked_and_the_address_is_no_name() -> None:
    assert mask("Siti, org desa", _reporter(email="Siti <s2@example.org>")) == "[nama pelapor], org desa"
    assert mask("Siti, org desa", _reporter(name="siti s2@example.org")) == "[nama pelapor], org desa"


def test_a_dash_for_a_contact_masks_nothing() -> None:
    assert mask("RT 01 - RW 02", _reporter(phone="-", email="-", name="-")) == "RT 01 - RW 02"


@given(st.text(max_size=40), st.text(st.sampled_from("0812 +-()/,@<>.sit\u200b٠①&#;"), max_size=40))
def test_any_contact_and_any_text_are_understood(words: str, contact: str) -> None:
    whom = _reporter(phone=contact, email=contact, name=contact)
    mask(f"{words} {contact}", whom)
    assert "811000000" not in fold(mask(f"{words} 0811000000", _reporter(phone=f"0811000000, {contact}")))


@given(st.text(st.sampled_from("a1 \u200bé①ǆﬁ&#49;İß"), max_size=20))
def test_every_folded_character_is_traced_to_its_place_in_the_text(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    folded, origin = fold(text), Origin(text)
    spans = [origin.span(at, at + 1) for at in range(len(folded))]
    assert spans == sorted(spans)
    assert all(letter in fold(text[start:end]) for letter, (start, end) in zip(folded, spans, strict=True))


def _reporter(phone: str | None = None, email: str | None = None, name: str | None = None) -> Reporter:
    return reporter(phone, email, name, "ID")


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
    left = mask(f"{words} {name} {words}", Reporter(names=(name,)))
    unmasked = {"nama", "nomor", "pelapor", "surel", "anonim", "bapak", "ibu", "pak", "haji", "hajah"} | {
        "mas", "mbak", "dan", "bin", "binti", "drs"
    }  # fmt: skip
    assert name.casefold() in unmasked | {"abc", "xyz"} or not re.search(rf"\b{name}\b", left, re.IGNORECASE)


def test_the_address_is_masked_in_any_case() -> None:
    assert mask("tulis ke Siti.Aminah@EXAMPLE.org", SITI) == "tulis ke [surel pelapor]"


def test_other_words_numbers_and_names_stay() -> None:
    text = "Rumah sakit situbondo, RT 08 RW 11, 0812345678, Pak Budi"
    assert mask(text, SITI) == text


def test_a_title_is_no_name() -> None:
    assert mask("Pak lurah dan Bu Sri", Reporter(names=("Pak Sri",))) == "Pak lurah dan Bu [nama pelapor]"


def test_a_long_text_of_digits_is_masked_in_good_time() -> None:
    left = mask("0811 00" * 20_000 + "0811000000", SITI)
    assert "811000000" not in left


@pytest.mark.parametrize("phone", ["0811000000 (WA Siti)", "0811000000 atau 0822000001"])
def test_a_word_behind_a_number_is_not_read_as_digits(phone: str) -> None:
    with pytest.raises(NotAPhoneNumber):
        e164(phone, "ID")


@pytest.mark.parametrize("number", ["0811000000", "+62811000000", "+62 811-000-000", "0062811000000"])
def test_a_number_has_one_form(number: str) -> None:
    assert e164(number if not number.startswith("00") else "+" + number[2:], "ID") == "+62811000000"


@pytest.mark.parametrize(
    ("sent_as", "form"),
    [
        ("62811000000", "+62811000000"),
        ("+62811000000", "+62811000000"),
        ("0811000000", "+62811000000"),
        ("1708", "1708"),
        ("TELKOMSEL", "TELKOMSEL"),
        ("", ""),
    ],
)
def test_a_sender_has_one_form_and_odd_ones_stay(sent_as: str, form: str) -> None:
    assert sender(sent_as, "ID") == form
