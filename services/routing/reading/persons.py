"""Finds names of persons in a text: a linear model over words and what stands beside them, and rules for sure cases."""

from collections.abc import Sequence
from functools import lru_cache
from math import exp
from typing import NamedTuple

from services.routing.reading.cues import HONORIFICS, RANKS, TELLING
from services.routing.reading.lexicon import Lexicon
from services.routing.reading.tokens import TextWords

SUSPECTED = 0.12
"""From this probability on, a word holds a report: a name that goes out is worse than a report that waits."""
LISTED = 0.05
"""The same for a word that is known as a name and as nothing else."""
TITLED = 0.02
"""The same for a word that is known as a name and as more, right after "pak", "bidan" or the like."""
JOINED = 0.05
"""From this probability on, a word beside a name is part of it."""
REPEATED = 0.8
"""From this probability on, the same word anywhere in the text is the name."""
CERTAIN = 0.8
_OF_ADDRESSES = ("=", "/", "&", "#", "<")
"""Signs right before a word that nobody knows: it is a part of a page's address, or a tag."""
_ONLY_NAMES = ("s2o0", "s3o0")


class Name(NamedTuple):
    """`text[start:end]` is, or may be, the name of a person."""

    start: int
    end: int
    certain: bool


# A text is read twice: for what holds the report, and for its public words.
@lru_cache(maxsize=64)
def names(text: str, lexicon: Lexicon, places: frozenset[str] = frozenset()) -> tuple[Name, ...]:
    """The names in the order of the text. `places`: words in small letters that the region's places are called by.

    >>> from services.routing.reading.lexicon import lexicon
    >>> text = "lapor, nama saya Sumarni, jl. Ahmad Yani gelap"
    >>> [text[name.start : name.end] for name in names(text, lexicon())]
    ['Sumarni']
    """
    words = TextWords(text, lexicon, places)
    chances = [probability(lexicon, words, i) if _may_be(words, i) else 0.0 for i in range(len(words))]
    seeds = {i for i, chance in enumerate(chances) if chance >= _bar(words, i)}
    if not seeds:
        return ()
    known = {words.small[i] for i, chance in enumerate(chances) if chance >= REPEATED and words.coarse[i] != "O"}
    found: list[Name] = []
    i = 0
    while i < len(words):
        if i not in seeds and (words.small[i] not in known or words.in_place_name(i)):
            i += 1
            continue
        first, last = _extended(words, chances, i)
        certain = _is_certain(words, chances, first, last)
        found.append(Name(words.spans[first][0], words.spans[last][1], certain))
        i = last + 1
    return tuple(found)


def _bar(words: TextWords, i: int) -> float:
    """From which probability on the word holds the report."""
    kind = words.kinds[i]
    if kind in _ONLY_NAMES:
        return LISTED
    titled = i > 0 and kind[0] == "s" and kind[1] > "1" and words.coarse[i - 1] == "H" and words.gap(i) in "s."
    return TITLED if titled else SUSPECTED


def _may_be(words: TextWords, i: int) -> bool:
    """Whether the word is worth asking the model: ordinary words are most of a text, and no names without a sign."""
    coarse, kind = words.coarse[i], words.kinds[i]
    if len(words.words[i]) < 3 or words.small[i] in RANKS:
        return False
    start, end = words.spans[i]
    before_it, after_it = words.text[max(0, start - 1) : start], words.text[end : end + 1]
    if "@" in (before_it, after_it) or (coarse == "X" and before_it in _OF_ADDRESSES):
        return False
    if coarse != "O" and kind not in ("x0", "x1"):
        return coarse in "NnXP"
    if coarse == "O" and kind[1] != "0":
        return True
    if kind == "s0o3":
        return words.words[i][0].isupper() and words.shape(i) == "t"
    before = words.small[i - 1] if i else ""
    if coarse == "X" and (before in ("saya", "sy", "dari", "oleh") or words.gap(i) != "s"):
        return True
    return before in HONORIFICS or before in TELLING or (words.words[i][0].isupper() and words.shape(i) in "tu")


def _extended(words: TextWords, chances: Sequence[float], i: int) -> tuple[int, int]:
    """The first and the last word of the name that the word at `i` is part of."""
    first = last = i
    while last + 1 < len(words) and _joins(words, last, last + 1, chances):
        last += 1
    while first > 0 and _joins(words, first, first - 1, chances):
        first -= 1
    return first, last


def _joins(words: TextWords, at: int, other: int, chances: Sequence[float]) -> bool:
    """Whether the word beside the name's word at `at` is part of the name."""
    gap, coarse, length = words.gap(max(at, other)), words.coarse[other], len(words.words[other])
    if gap not in "s." or coarse in "DCH" or (gap == "." and min(length, len(words.words[at])) > 2):
        return False
    if length <= 2 and other > at:
        return coarse not in "OP" or (length == 1 and words.words[other].isupper())
    return chances[other] >= JOINED or coarse == "N" or (coarse in "nX" and words.shape(other) == "t")


def _is_certain(words: TextWords, chances: Sequence[float], first: int, last: int) -> bool:
    """Whether it is told to be a name, each word of it is a likely one, and it plainly ends."""
    before = words.small[first - 1] if first else ""
    if before not in TELLING and not (before == "saya" and first > 1 and words.small[first - 2] in TELLING):
        return False
    if min(chances[first : last + 1]) < CERTAIN or (first == last and words.kinds[first].endswith("o3")):
        return False  # "atas nama pribadi"
    after = last + 1
    if after == len(words):
        return True
    gap = words.gap(after)
    if gap == "-" or (gap == "." and len(words.words[last]) < 4):  # "Abd. Wasik"
        return False
    if gap != "s" or words.coarse[after] in "HCD":
        return True
    return words.coarse[after] == "O" and words.kinds[after][3] > "1"


def probability(lexicon: Lexicon, words: TextWords, i: int) -> float:
    """How probable it is that the word at `i` is of a person's name."""
    if words.coarse[i] in "DC":
        return 0.0
    get = lexicon.weights.get
    logit = get("", 0.0) + sum([get(feature, 0.0) for feature in features(words, i)])
    return 1 / (1 + exp(-logit)) if logit > -30 else 0.0


def features(words: TextWords, i: int) -> list[str]:
    """What the model asks about the word at `i`, each a key of its weights."""
    kind, coarse, gap = words.kinds[i], words.coarse[i], words.gap(i)
    p1 = pc = p2 = "^"
    n1 = nc = "$"
    if gap != "n":
        p1, pc = words.small[i - 1], words.coarse[i - 1]
        if i > 1 and words.gap(i - 1) != "n":
            p2 = words.small[i - 2]
    if i + 1 < len(words.words) and words.gap(i + 1) not in "n.!":
        n1, nc = words.small[i + 1], words.coarse[i + 1]
    return [
        f"k {kind}",
        f"ks {kind} {words.shape(i)}",
        f"kc {kind} {'+' if words.in_place_name(i) else '-'}",
        f"p {p1}",
        f"pc {pc} {coarse}",
        f"pk {p1} {kind[:2]}",
        f"pg {p1} {gap}",
        f"p2 {p2} {pc}",
        f"pp {p2} {p1}",
        f"n {n1}",
        f"nc {coarse} {nc}",
        f"g {gap} {coarse}",
        f"w {words.small[i]}",
    ]
