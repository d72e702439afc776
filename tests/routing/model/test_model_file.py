"""The file of a model: it reads back as it was, and another version or a damaged one is refused by name."""

from pathlib import Path

import numpy as np
import pytest

from services.routing.reading.linear import Model
from services.routing.reading.model import FORMAT, BadModel, load, read, write
from services.routing.training.build import Course, train
from services.routing.training.examples import Lesson

ROADS = ["jalan berlubang dekat pasar", "lubang di jalan besar", "jalan rusak dan berlubang", "aspal jalan rusak"]
LAMPS = ["lampu mati di gang", "lampu penerangan padam", "gang gelap lampu mati", "lampu padam semua"]
KNOWN = [Lesson(text, {"agency": (who,)}) for who, texts in (("pu", ROADS), ("hub", LAMPS)) for text in texts]


@pytest.fixture(scope="module")
def model() -> Model:
    return train(KNOWN, Course({"jln": "jalan"}))


def test_a_model_read_from_its_file_gives_the_same_answers(model: Model) -> None:
    again = read(write(model), "again")
    for text in ("jln berlubang", "LAMPU MATI!!", "", "x" * 5000, "\0 \ud83d\ude00"):
        assert np.array_equal(model.outcome(text, {}).logits, again.outcome(text, {}).logits)
    assert write(again) == write(model)


def test_the_same_examples_give_the_same_bytes(model: Model) -> None:
    assert write(train(KNOWN, Course({"jln": "jalan"}))) == write(model)


def test_a_word_of_slang_is_the_usual_word(model: Model) -> None:
    assert model.scores("jln rusak", {}) == model.scores("jalan rusak", {})


def test_digits_masks_and_channel_tags_say_nothing(model: Model) -> None:
    plain = model.outcome("jalan berlubang", {}).logits
    assert np.array_equal(model.outcome("jalan 17 berlubang [nama] (SMS Radio 2)", {}).logits, plain)


def test_the_probabilities_of_a_head_sum_to_one(model: Model) -> None:
    said = model.scores("jalan rusak", {})["agency"]
    assert sum(said.values()) == pytest.approx(1)
    assert max(said, key=said.__getitem__) == "pu"


def test_its_reason_names_the_words_that_decided(model: Model) -> None:
    assert "lampu" in model.outcome("tolong lampu di pasar", {}).why("agency", "hub")


def test_a_feature_is_known_only_if_three_reports_have_it(model: Model) -> None:
    assert "jalan" in model.vocabulary.words
    assert "aspal" not in model.vocabulary.words  # one report has it
    assert "padam" not in model.vocabulary.words  # two have it


def test_a_persons_name_is_no_feature_nor_a_part_of_one() -> None:
    texts = [f"{text} kata Budi lurah" for text in ROADS + LAMPS]
    known = [Lesson(text, each.labels) for text, each in zip(texts, KNOWN, strict=True)]
    found = train(known, Course({}, names=frozenset({"budi"}))).vocabulary
    assert "lurah" in found.words
    assert not [f for kind in (found.words, found.parts, found.pairs) for f in kind if "budi" in f.split()]


@pytest.mark.parametrize("first", ["pendapa-model 2", "PK\x03\x04", ""])
def test_another_version_is_refused_with_its_file(first: str, model: Model, tmp_path: Path) -> None:
    file = tmp_path / "prior.bin"
    file.write_bytes(write(model).replace(FORMAT.encode(), first.encode(), 1))
    with pytest.raises(BadModel, match=r"prior\.bin:1: not a model of this version"):
        load(file)


@pytest.mark.parametrize("end", [20, 200, -1])
def test_a_model_that_ends_early_is_refused(end: int, model: Model) -> None:
    with pytest.raises(BadModel, match="prior:2: the model is damaged"):
        read(write(model)[:end], "prior")


def test_the_words_that_are_kept_have_a_bound(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.routing.reading.linear._MOST_KEPT", 10)
    for n in range(100):
        model.outcome(f"kata{chr(97 + n % 26)}{chr(97 + n // 26)}", {})
    assert len(model._sums) <= 10
