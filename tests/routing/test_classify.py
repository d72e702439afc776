"""The category of a report comes with the words that decided it, and only if they are clear."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.region import load_region
from services.routing.reading.classify import Classified, Unsure, classify, vocabulary
from services.routing.reading.stem import stem

REGION = load_region(Path("regions/bojonegoro"))
BOJONEGORO = vocabulary(REGION.categories.values(), REGION.slang)
PHRASES = sorted({words for category in REGION.categories.values() for words in category.words})


@dataclass(frozen=True)
class Topic:
    code: str
    words: tuple[str, ...]
    sensitive: bool = False


TWO = [Topic("road", ("jalan rusak", "jalan berlubang")), Topic("bribe", ("pungli",), sensitive=True)]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("dalan deso kulo rusek parah pak", "jalan-rusak"),
        ("jln dpn pasar berlubang dalam", "jalan-rusak"),
        ("lampu pju mati sudah 3 hari", "lampu-jalan"),
        ("banyune pdam ora mili", "air-bersih"),
        ("rumah kami kebanjiran sampai lutut", "banjir"),
        ("pupuk langka petani bingung", "pertanian"),
        ("ktpku belum jadi jadi padahal sudah rekam", "ktp-kk"),
        ("kartu BPJS tidak aktif", "bpjs"),
        ("saluran irigasi jebol", "irigasi"),
        ("sampaaah numpuk di pinggir jalan", "sampah"),
        ("ngurus akta dimintai uang 50 ribu", "pungli"),
        ("anak tetangga dipukuli bapaknya tiap hari", "kekerasan"),
        ("ada oknum pegawai kasar", "perilaku-pegawai"),
    ],
)
def test_residents_words_tell_the_category(text: str, category: str) -> None:
    answer = classify(text, BOJONEGORO)
    assert isinstance(answer, Classified), answer
    assert answer.category == category
    assert answer.words


@pytest.mark.parametrize("text", ["", "selamat pagi pak bupati", "hujan keras sekali", "12345"])
def test_words_of_no_category_tell_nothing(text: str) -> None:
    assert classify(text, BOJONEGORO) == Unsure()


def test_two_categories_named_alike_are_unsure() -> None:
    answer = classify("sampah menumpuk dan lampu jalan mati", BOJONEGORO)
    assert isinstance(answer, Unsure)
    assert set(answer.candidates[:2]) == {"sampah", "lampu-jalan"}


def test_a_word_of_a_sensitive_category_beside_another_is_for_a_person_to_decide() -> None:
    words = vocabulary(TWO, {})
    assert classify("jalan rusak", words) == Classified("road", 0.956, ("jalan rusak",))
    assert isinstance(classify("jalan rusak jalan berlubang jalan rusak jalan rusak, pungli", words), Unsure)


def test_a_phrase_may_be_spread_but_not_over_the_whole_message() -> None:
    words = vocabulary(TWO, {})
    assert isinstance(classify("jalan di depan pasar desa rusak", words), Classified)
    assert classify("jalan " + "lain " * 10 + "rusak", words) == Unsure()


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("perikanan", "mohon berikan bantuan"),
        ("timbangan", "atas pertimbangan bapak"),
        ("premi", "banyak preman"),
        ("keamanan", "jalannya tidak nyaman"),
        ("selokan", "di belokan dekat pasar"),
        ("perundungan", "sampahe di undung ing pinggir dalan"),
        ("kekerasan", "suara keras"),
        ("k2", "jalan k tidak rata"),
        ("kk", "kok belum"),
        ("kis", "kisah lama"),
        ("ikan", "berikan"),
        ("pemuda", "di Jl. Pemuda rusak"),
        ("radio", "jalan rusak (SMS Radio Kota)"),
        ("mabuk", "mbk tolong"),
    ],
)
def test_a_word_alone_is_only_found_by_its_own_forms(word: str, text: str) -> None:
    assert classify(text, vocabulary([Topic("topic", (word,))], {})) == Unsure()


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("aspal", "mohon pengaspalan"),
        ("aspal", "belum diaspal"),
        ("suap", "petugas menyuap"),
        ("ktp", "ktpku hilang"),
        ("selokan", "selokannya"),
        ("pipa bocor", "pipanya kebocoran"),
        ("digebuki", "anak digebuki"),
        ("p3k", "guru P3K"),
        ("listrik", "lstrk padam"),
    ],
)
def test_a_word_is_found_by_its_forms_and_in_a_phrase_by_its_stem(word: str, text: str) -> None:
    assert isinstance(classify(text, vocabulary([Topic("topic", (word,))], {})), Classified)


@pytest.mark.parametrize("topic", [t for t in REGION.categories.values() if t.sensitive], ids=lambda topic: topic.code)
def test_no_word_of_a_sensitive_category_is_ever_verified_as_another(topic: Topic) -> None:
    for words in topic.words:
        answer = classify(f"sampah menumpuk sampah sampah {words} bau busuk limbah", BOJONEGORO)
        sensitive = isinstance(answer, Classified) and REGION.categories[answer.category].sensitive
        assert sensitive or isinstance(answer, Unsure), words


TEXTS = st.lists(st.sampled_from([*PHRASES, *REGION.slang, "di", "yang", "."]), max_size=20).map(" ".join) | st.text()


@given(TEXTS)
def test_any_text_has_an_answer_among_the_regions_categories(text: str) -> None:
    match classify(text, BOJONEGORO):
        case Classified(category, confidence, words):
            assert category in REGION.categories
            assert 0 < confidence <= 1
            assert set(words) <= set(REGION.categories[category].words)
        case Unsure(candidates):
            assert set(candidates) <= set(REGION.categories)
            assert len(candidates) == len(set(candidates))


@given(TEXTS)
def test_case_and_other_characters_make_no_difference(text: str) -> None:
    if text.isascii():
        assert classify(text, BOJONEGORO) == classify(f" {text.upper().replace(' ', ' , ')}!", BOJONEGORO)


@given(st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=20))
def test_a_stem_is_a_part_of_its_word_and_never_empty(word: str) -> None:
    assert 0 < len(stem(word)) <= len(word)
