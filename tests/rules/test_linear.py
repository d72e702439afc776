"""Whatever a caller writes, the time to read it grows with its length, and no faster."""

import ast
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contracts import open311
from contracts.region import load_region
from services.intake import contacts, domain, folding, masking, meaning
from services.intake.echoes import follows_a_template
from services.intake.replies import Replies
from services.publish.query import search
from services.routing.place_reading import gazetteer_of
from services.routing.reading import classify, places, redact, stem
from services.routing.reading.personal import PersonalData
from services.routing.reading.signals import Signals
from tests.rules import pumps
from tests.rules.sources import ROOT, modules

STEPS = ((10, 20), (1_000, 6_000))
"""Lengths to compare: an exponential expression would not come to an end with the longer ones."""
_GROWTH = 2.5
"""How many times longer than its length says a text may take: noise. Quadratic time is six times longer."""
_UNCLEAR = 0.0005
"""Seconds below which the processor's clock says little."""

EXPRESSIONS = pumps.expressions()
MADE_WHEN_CALLED = {
    "pendapa/mapcolumns.py": "the separators of the map, for the numbers of a table on the operator's own machine",
    "services/intake/masking.py": "the reporter's own name and address, at most 254 characters",
    "services/intake/meaning.py": "the region's keyword",
    "services/publish/query/cursors.py": "constants of the module",
    "services/publish/query/parameters.py": "constants of the module",
    "services/routing/reading/redact.py": "constants of the module",
}
"""Modules that give `re` an expression which is no literal: the functions that use it are tested below."""


def is_linear(read: Callable[[str], object], texts: Callable[[int], str]) -> bool:
    """Whether reading takes as many times longer as the text is longer. Measured again, more often, if in doubt."""
    return all(_is_linear(read, texts(short), texts(long)) for short, long in STEPS)


def _is_linear(read: Callable[[str], object], short: str, long: str) -> bool:
    longer = max(1.0, len(long) / len(short))
    for times in (1, 5):
        slow = min(_seconds(read, long) for _ in range(times))
        if slow < _UNCLEAR * longer or slow < max(_seconds(read, short) for _ in range(times)) * _GROWTH * longer:
            return True
    return False


def _seconds(read: Callable[[str], object], text: str) -> float:
    """The time of this thread alone on the processor."""
    began = time.thread_time()
    read(text)
    return time.thread_time() - began


def slow_text(pattern: re.Pattern[Any]) -> str | None:
    """The beginning of a text that this expression reads in more than linear time, if there is one."""

    def read(text: str) -> None:
        subject = text if isinstance(pattern.pattern, str) else text.encode("utf-8", "surrogatepass")
        pattern.findall(subject)
        pattern.fullmatch(subject)

    return next((text(40) for text in pumps.texts(pattern) if not is_linear(read, text)), None)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_no_text_makes_an_expression_slow(name: str) -> None:
    assert slow_text(EXPRESSIONS[name]) is None


@pytest.mark.parametrize("slow", [r"(a+)+b", r"(?:a|a)*b", r"\(*1", r"[^@]+@", r"\s+$", r"(x[0-9]/)*y"])
def test_a_slow_expression_is_seen(slow: str) -> None:
    assert slow_text(re.compile(slow)) is not None


def _inline() -> Iterator[tuple[str, ast.expr]]:
    """The first argument of each call of a function of `re` but `re.compile`, and the module that calls it."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name("re"), attr=name), args=[pattern, *_]) if name not in (
                    "compile",
                    "escape",
                ):
                    yield path, pattern


def test_an_expression_within_a_call_is_as_linear() -> None:
    literal = {each.value for _, each in _inline() if isinstance(each, ast.Constant)}
    assert {pattern: slow for pattern in literal if (slow := slow_text(re.compile(pattern)))} == {}
    made = {path for path, each in _inline() if not isinstance(each, ast.Constant)}
    assert made <= set(MADE_WHEN_CALLED)


REGION = load_region(ROOT / "regions" / "bojonegoro")
_VOCABULARY = classify.vocabulary(REGION.categories.values(), REGION.slang)
_SIGNALS = Signals.of(REGION)
_GAZETTEER = gazetteer_of(REGION)
_PERSONAL = PersonalData.of(REGION)
_REPORTER = contacts.reporter("0811000000", "siti.a@contoh.example", "Siti Aminah", "ID")
_ODD_REPORTER = contacts.reporter("+62811000000", ".........................@x", "a a a a a a a a a a a b", "ID")
_REPLIES = Replies(REGION)
READERS: dict[str, Callable[[str], object]] = {
    "redact": redact.redact,
    "mask and suspect personal data": _PERSONAL.redact,
    "classify": lambda text: classify.classify(text, _VOCABULARY),
    "hear signals": _SIGNALS.hear,
    "stem": stem.stem,
    "find a place": lambda text: places.find(text, _GAZETTEER),
    "mask": lambda text: masking.mask(text, _REPORTER),
    "mask an odd reporter": lambda text: masking.mask(text, _ODD_REPORTER),
    "fold": folding.fold,
    "Origin": folding.Origin,
    # After a number, so that a short text is read as a number too: to read one takes a time of its own.
    "read a contact": lambda text: contacts.reporter(f"0811000000 {text}"[:500], text[:254], text[:200], "ID"),
    "read_message": lambda text: meaning.read_message(text, _REPLIES.speech),
    "codes in a text": meaning.codes_in,
    "an echo": lambda text: follows_a_template(text, _REPLIES.templates),
    "clean_text": domain.clean_text,
    "search words": search.normal,
    "clean for Open311": open311.clean,
}
_CHARACTERS = "a1 +(-.@\n\u200b[o0&;#_/:\u0301\u0315é"
_NAMES = " ".join(place.name for place in REGION.places.values())
_WORDS = " ".join(word for category in REGION.categories.values() for word in category.words)
PIECES = (
    *_CHARACTERS,
    *(first + second for first in _CHARACTERS for second in "a0 (+.\u0300"),
    *(
        "0811000000 ",
        "1 2 3 ",
        "12.12.12 ",
        "+62(",
        "no rek ",
        "S 1234 AB ",
        "1/1/2020 ",
        "10.00-12.00",
        "1.000.",
        "o.2",
    ),
    *(
        "jalan ",
        "jalan rusak ",
        "siti aminah ",
        "siti_",
        "a.a.",
        "[at]",
        "&#49;",
        "&amp;",
        ".  ",
        "CEK ",
        "bjn#",
        "1<b>",
    ),
    # Some readers pass over a text without a digit at once, so that the first of these words must have one too.
    *(_NAMES, "0 " + _WORDS, "a [at] b [dot] "),
)


@pytest.mark.parametrize("reader", READERS)
def test_no_text_makes_a_reader_slow(reader: str) -> None:
    slow = [
        repr(piece[:20])
        for piece in PIECES
        for head in ("", "0")
        if not is_linear(READERS[reader], lambda length, row=head + piece * 6_000: row[:length])  # type: ignore[misc]
    ]
    assert slow == []


def test_the_two_words_of_a_phrase_far_apart_and_often_are_read_once() -> None:
    def text(length: int) -> str:
        return "jalan " * (length // 12) + "dan itu yang lain lagi juga sama saja " + "rusak " * (length // 12)

    assert is_linear(READERS["classify"], text)


def test_the_dots_of_a_reporters_address_are_not_tried_in_every_way() -> None:
    text = ".  " * 20 + "x"

    def read(dots: str) -> None:
        masking.mask(text, contacts.reporter(None, f"{dots}@x", None, "ID"))

    assert _is_linear(read, "." * 4, "." * 12)
