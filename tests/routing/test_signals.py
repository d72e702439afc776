"""Emergencies, sensitive matters, spam, questions and ideas are known by the region's words, with few false alarms."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.region import load_region
from services.routing.reading.reading import Judged
from services.routing.reading.signals import Scores, Signals

HERE = Path(__file__).parent / "sentences"
REGION = load_region(Path("regions/bojonegoro"))
SIGNALS = Signals.of(REGION)
TINY = Signals.of(load_region(Path("tests/regions/tiny")))


ROUNDS = ("", "later-", "last-", "final-", "aside-")
"""How the names of the files of each round begin; see the README beside them."""


def sentences(name: str) -> list[str]:
    """The sentences of this name, of all rounds."""
    files = [HERE / f"{each}{name}.txt" for each in ROUNDS]
    return [line for file in files if file.exists() for line in file.read_text().splitlines()]


@pytest.mark.parametrize(
    ("name", "judge", "value", "least"),
    [
        ("urgent", SIGNALS.urgency, "urgent", 0.97),
        ("not_urgent", SIGNALS.urgency, "normal", 0.97),
        ("sensitive", SIGNALS.sensitive, "yes", 0.97),
        ("not_sensitive", SIGNALS.sensitive, "no", 0.97),
        ("not_urgent", SIGNALS.sensitive, "no", 0.97),
        ("information", SIGNALS.kind, "information", 0.97),
        ("complaint", SIGNALS.kind, "complaint", 0.97),
        ("idea", SIGNALS.kind, "aspiration", 0.97),
    ],
)
def test_the_words_know_residents_sentences(
    name: str, judge: Callable[[str], Judged], value: str, least: float
) -> None:
    found = [judge(text).value == value for text in sentences(name)]
    assert sum(found) / len(found) >= least


def test_an_urgent_or_sensitive_report_is_never_taken_for_spam() -> None:
    names = ("urgent", "not_urgent", "sensitive", "not_sensitive", "information", "complaint", "idea")
    texts = [text for name in names for text in sentences(name)]
    assert [text for text in texts if SIGNALS.spam(text).value != "none"] == []


def test_what_is_fraud_promotion_or_a_prank_says_so_and_why() -> None:
    lines = [line.split("\t") for line in sentences("spam")]
    found = [(value, SIGNALS.spam(text).value) for value, text in lines]
    assert [pair for pair in found if pair[0] == "none" != pair[1]] == []
    known = [judged != "none" for value, judged in found if value != "none"]
    assert sum(known) / len(known) >= 0.8
    assert SIGNALS.spam("SELAMAT anda mendapat hadiah mobil, klik www.contoh.example").reason == (
        "tampak penipuan: selamat anda mendapat hadiah, hadiah mobil, www."
    )


@pytest.mark.parametrize(
    "text",
    [
        "tahun lalu rumah kami kebakaran",
        "cegah kebakaran di musim kemarau",
        "pelatihan damkar kapan",
        "minta mobil damkar",
        "rumah terbakar tahun kemarin, bantuan belum cair",
    ],
)
def test_a_danger_that_is_over_or_feared_is_not_urgent(text: str) -> None:
    assert SIGNALS.urgency(text).value == "normal"


def test_a_danger_in_a_letter_needs_more_than_one_beside_a_few_words() -> None:
    assert SIGNALS.urgency("ada kebakaran di pasar").value == "urgent"
    letter = "dengan hormat kami sampaikan perihal rencana penataan kios dan los di lingkungan kami " * 4
    assert SIGNALS.urgency(letter + "ada kebakaran di pasar").value == "normal"


def test_a_question_about_a_trouble_is_a_complaint() -> None:
    assert SIGNALS.kind("tanya kapan kantor dukcapil buka").value == "information"
    assert SIGNALS.kind("kapan jalan ini diperbaiki, sudah rusak 2 tahun").value == "complaint"


def test_a_sender_that_is_no_telephone_number_is_evidence_of_spam() -> None:
    offer = "Isi kuota internet lewat www.contoh.example"
    assert SIGNALS.spam(offer, "number").value == "none"
    assert SIGNALS.spam(offer, "name").value == SIGNALS.spam(offer, "short-code").value == "promotion"
    assert SIGNALS.spam("jalan desa kami rusak, mohon diperbaiki", "name").value == "none"


class Told:
    """A model that says the same of each text."""

    def __init__(self, told: Scores) -> None:
        self.told = told

    def scores(self, text: str, extra: Mapping[str, float]) -> Scores:
        return self.told


def test_a_model_counts_beside_the_words() -> None:
    model = Told({"kind": {"complaint": 0.05, "information": 0.95}, "spam": {"none": 0.1, "promotion": 0.9}})
    told = Signals.of(REGION, model).hear("gerai kami melayani semua operator")
    assert (told.kind.value, told.spam.value) == ("information", "promotion")
    alone = SIGNALS.hear("gerai kami melayani semua operator")
    assert (alone.kind.value, alone.spam.value) == ("complaint", "none")


def test_a_region_without_words_for_them_knows_none_of_them() -> None:
    told = TINY.hear("tolong kebakaran, rumah saya terbakar")
    assert [judged.value for judged in told] == ["complaint", "normal", "none", "no"]


@given(st.text(max_size=500) | st.lists(st.sampled_from(sentences("urgent")), max_size=4).map(" ".join))
def test_any_text_has_all_four(text: str) -> None:
    told = SIGNALS.hear(text)
    assert all(0 <= judged.confidence <= 1 and judged.reason for judged in told)
    assert SIGNALS.hear(text) == told
