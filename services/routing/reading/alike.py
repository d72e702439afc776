"""How much alike two reports are, by place, time, category and words: whether an official should look at both."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from math import cos, hypot, log, radians
from typing import NamedTuple

from services.routing.reading.stem import stem

NEAR_M = 300.0
"""Metres between two points that may be of the same matter."""
WITHIN = timedelta(days=30)
"""Between the times at which both were received."""
LEAST = 0.4
"""The score from which two reports are shown as alike."""
_METRES_A_DEGREE = 111_320.0
_WORD = re.compile(r"[a-z]{4,}")
_WORDS, _PLACE, _CATEGORY, _TIME = 0.5, 0.2, 0.2, 0.1
"""What each counts; together 1."""
_SAME_PLACE = 0.6
"""What the same desa counts beside the same point, which counts 1."""
_ENOUGH_WORDS = 0.5
"""The share of common words from which reports of different categories may be the same."""
_NAMED = 4
"""Common words that are named."""


class Seen(NamedTuple):
    """What of a report is compared."""

    id: str
    text: str
    category: str
    agency: str | None
    place: str | None
    lat: float | None
    long: float | None
    received_at: datetime


class Alike(NamedTuple):
    """A report that is like another one."""

    id: str
    score: float
    """From 0 to 1."""
    days: int
    """Whole days that it came after the other; below 0: before."""
    metres: int | None
    """Between the points of both, if both have one."""
    same_place: bool
    same_category: bool
    words: tuple[str, ...]
    """Common words, as the report has them, the rarest first."""


def most_alike(report: Seen, others: Sequence[Seen], stopwords: Collection[str], most: int = 5) -> list[Alike]:
    """Those of the others that are enough like the report, the most alike first.

    Words that many of the others have count little: near a school all reports may name it.
    """
    own, theirs = stems(report.text, stopwords), [stems(each.text, stopwords).keys() for each in others]
    counts = Counter(word for words in (own, *theirs) for word in words)
    found = (_compare(report, other, own, words, counts) for other, words in zip(others, theirs, strict=True))
    alike = sorted(filter(None, found), key=lambda each: (-each.score, each.id))
    return alike[:most]


def stems(text: str, stopwords: Collection[str]) -> Mapping[str, str]:
    """The words that tell something, by their stems.

    >>> stems("Jalan rusak, banyak lubangnya", {"banyak"})
    {'jalan': 'jalan', 'rusak': 'rusak', 'lubang': 'lubangnya'}
    """
    return {stem(word): word for word in _WORD.findall(text.lower()) if word not in stopwords}


def distance(one: Seen, other: Seen) -> float | None:
    """Metres between the points of two reports; flat enough for some kilometres."""
    if one.lat is None or one.long is None or other.lat is None or other.long is None:
        return None
    north, east = one.lat - other.lat, (one.long - other.long) * cos(radians(one.lat))
    return hypot(north, east) * _METRES_A_DEGREE


def _compare(
    report: Seen, other: Seen, own: Mapping[str, str], theirs: Set[str], counts: Mapping[str, int]
) -> Alike | None:
    """`own`, `theirs`: the stems of the words of both; `counts`: in how many texts each is."""
    common, share = own.keys() & theirs, _share(own.keys(), theirs, counts)
    apart, metres = other.received_at - report.received_at, distance(report, other)
    same_place = report.place is not None and report.place == other.place
    near = metres is not None and metres <= NEAR_M
    if abs(apart) > WITHIN or not (near or (same_place and (metres is None or metres < NEAR_M * 10))):
        return None
    same_category = report.category == other.category
    same_agency = report.agency is not None and report.agency == other.agency
    if not (same_category or same_agency or share >= _ENOUGH_WORDS):
        return None
    score = (
        _WORDS * share
        + _PLACE * (1.0 if near else _SAME_PLACE)
        + _CATEGORY * (1.0 if same_category else 0.5 if same_agency else 0.0)
        + _TIME * (1 - abs(apart) / WITHIN)
    )
    if score < LEAST or not (common or near):
        return None
    rarest = sorted(common, key=lambda word: (counts[word], word))[:_NAMED]
    return Alike(
        other.id,
        round(score, 2),
        round(apart / timedelta(days=1)),
        None if metres is None else round(metres),
        same_place,
        same_category,
        tuple(own[word] for word in rarest),
    )


def _share(own: Set[str], other: Set[str], counts: Mapping[str, int]) -> float:
    """From 0 to 1: how much of the shorter text's words the other one has, the rare ones counting most."""

    def total(words: Iterable[str]) -> float:
        return sum(_rarity(counts[word]) for word in words)

    shorter = min(total(own), total(other))
    return total(own & other) / shorter if shorter else 0.0


def _rarity(count: int) -> float:
    return 1 / (1 + log(count))
