"""One form of a text: nothing unseen is left of it, and a text of nothing else is empty."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.text import SEEN, clean_text, visible_text


@pytest.mark.parametrize(
    "character",
    [*map(chr, (0xFEFF, *range(0x200B, 0x2010), 0x2060, *range(0x202A, 0x202F), *range(0x2066, 0x206A))), "\u00ad"],
    ids=ascii,
)
def test_a_format_character_leaves_wherever_it_stands(character: str) -> None:
    assert clean_text(f"{character}jalan{character} rusak{character}") == "jalan rusak"
    assert clean_text(character * 3) == ""


@pytest.mark.parametrize("text", ["❤️", "👩🏽", "ꦢꦭꦤ꧀", "نعم", "a\u034fb", "é", "日本", "1", "!"])
def test_what_can_be_seen_stays(text: str) -> None:
    assert clean_text(text) == text


@given(st.text())
def test_no_format_character_is_left_that_says_nothing(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned == cleaned.strip()
    assert not set(cleaned) & set("\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\ufeff\r\x00")
    assert not cleaned or any(unicodedata.category(each) not in ("Cc", "Cf", "Zs") for each in cleaned)


@given(st.text(st.characters(max_codepoint=0xFFFF)))
def test_the_pattern_of_the_schemas_takes_exactly_the_texts_that_are_not_empty(text: str) -> None:
    assert bool(re.search(SEEN, text)) == bool(clean_text(text))


def test_a_text_of_what_cannot_be_seen_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing in it can be seen"):
        visible_text("\U000e0041")


@pytest.mark.parametrize(
    "text", ["\u2800", "\u3164\uffa0", "\ufe0f\ufe0e", "\u034f\u115f", "\U000e0100", " \u200b\u2800 "]
)
def test_a_text_of_what_only_looks_empty_is_empty(text: str) -> None:
    assert clean_text(text) == ""
