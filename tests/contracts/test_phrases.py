"""A region's phrases are found however people spell them, and one that cannot be read says why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.phrases import PhraseBook, apart, read_phrase

BOOK = PhraseBook.of(
    {"fire": ["kebakaran", "<home> .. bakar*", "api besar"], "not": ["pemadam kebakaran"]},
    {"home": ["rumah", "omah"]},
    {"rmh": "rumah", "gede": "besar", "rmhsakit": "rumah sakit"},
)


def phrases(text: str) -> list[str]:
    return [match.phrase for match in BOOK.find(text).of.get("fire", ())]


@pytest.mark.parametrize(
    "text",
    ["KEBAKARAN!!", "kebakaaaaran", "kbakaran", "kbkrn", "kebakarane", "ada kebakarannya di sana"],
)
def test_a_word_is_known_with_a_suffix_without_vowels_and_drawn_out(text: str) -> None:
    assert phrases(text) == ["kebakaran"]


@pytest.mark.parametrize("text", ["keba karan", "kebaran", "k", "kb krn", "makaran"])
def test_other_words_are_not_taken_for_it(text: str) -> None:
    assert phrases(text) == []


def test_a_phrase_has_up_to_four_other_words_of_the_same_sentence_in_its_gap() -> None:
    assert phrases("rumah di tepi kali itu bakarannya") == ["<home> .. bakar*"]
    assert phrases("rumah di tepi kali yang itu bakarannya") == []
    assert phrases("ini rumah. bakar sampah") == []
    assert phrases("api yang besar") == []


@pytest.mark.parametrize("text", ["culik", "menculik", "diculik", "penculikan", "nyulik", "diculiknya", "menculikku"])
def test_a_root_stands_for_the_forms_that_are_made_of_it(text: str) -> None:
    found = PhraseBook.of({"taken": ["~culik"], "beaten": ["~siksa", "~keroyok"]}).find(f"{text} menyiksa ngeroyok")
    assert {name: len(matches) for name, matches in found.of.items()} == {"taken": 1, "beaten": 2}


def test_slang_counts_as_the_usual_word_and_as_itself() -> None:
    assert phrases("rmh bakar") == phrases("omahe bakar")
    assert phrases("api gede") == ["api besar"]


def test_what_stands_inside_a_phrase_of_another_list_can_be_left_out() -> None:
    found = BOOK.find("pemadam kebakaran datang, kebakaran masih besar")
    assert [match.start for match in apart(found, "fire", "not")] == [3]
    assert found.shown("fire", "not") == "pemadam kebakaran, kebakaran"


@pytest.mark.parametrize(
    ("phrase", "fault"),
    [
        ("", "write a word"),
        (".. api", "write a word"),
        ("api ..", "write a word"),
        ("api .. .. besar", "write a word"),
        ("api 7", "'7' is no word"),
        ("a*pi", "is no word"),
        ("~api", "is no word"),
        ("<car> .. terbakar", "there is no group 'car'; there are home"),
    ],
)
def test_a_phrase_that_cannot_be_read_says_why(phrase: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_phrase(phrase, {"home": ()})


@given(st.text(max_size=300))
def test_any_text_can_be_read_and_each_match_stands_in_it(text: str) -> None:
    found = BOOK.find(text)
    for matches in found.of.values():
        assert all(0 <= match.start < match.end <= len(found.words) for match in matches)


@given(st.lists(st.sampled_from(["rumah", "terbakar", "api", "besar", "kebakaran", ".", "itu"]), max_size=30))
def test_a_phrase_never_crosses_the_end_of_a_sentence(words: list[str]) -> None:
    found = BOOK.find(" ".join(words))
    for match in found.of.get("fire", ()):
        assert "." not in found.words[match.start : match.end]
