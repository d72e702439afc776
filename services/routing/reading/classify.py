"""Finds the category of a report by its words, and names the words that decided.

A vocabulary is built once from the region's words; `classify` is then a few look-ups for each word of a message.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol

from services.routing.reading.landmarks import is_landmark
from services.routing.reading.shortened import by_consonants, written_out
from services.routing.reading.stem import roots, stem

_WORD = re.compile(r"[a-z0-9]+")
_TAG = re.compile(r"\((?:(?:sms|wa|radio|web|email)\b[^()\n]{0,40}|[a-z]{2,4})\)\s*$", re.IGNORECASE)
"""What a channel writes behind a message: "(SMS Radio …)", "(KY)"."""
_STREET = re.compile(r"\b((?i:jl|jln|jalan)\b\.? ?)(?:[A-Z][a-z]+\b ?){1,3}")
"""The name of a street, where capitals show it."""
_LONGEST_KEPT, _MOST_KEPT = 32, 32_768
"""The letters of a word whose stems are kept, and how many such words."""
_REACH = 7
"""The words of a phrase are less than this far from its first: "jalan di depan pasar rusak" is "jalan rusak"."""
_SCATTERED = 0.8
"""The factor for a phrase whose words are not together and in order."""
_EARLY, _FIRST = 1.5, 16
"""The factor for a phrase that begins among the first words, where people name the problem."""
_LANDMARK = 0.4
"""The factor for a phrase that only says where something is."""
_AGAIN = 0.25
"""Added to the weight for each further mention of the phrase's first word, up to three."""
_NEXT = 0.6
"""The factor for each further phrase of a category: many common words cannot beat one specific word."""
_LONGER = 0.5
"""Added to the weight for each further word of a phrase."""
_SENSITIVE = 2.0
"""The factor for a sensitive category: to publish such a report by mistake is worse than to hold it."""
_CLEAR = 0.62
"""The share of the best score in the sum of the two best, from which the category is clear."""


class WordList(Protocol):
    """A category as the region lists it."""

    @property
    def code(self) -> str: ...
    @property
    def words(self) -> Sequence[str]: ...
    @property
    def sensitive(self) -> bool: ...


class _Phrase(NamedTuple):
    keys: tuple[str, ...]
    needs: frozenset[str]
    shown: str
    code: str
    weight: float


Keys = tuple[str, ...]
"""What one word of a message is found by: its stem, and each word of the region that it is a form of, after a `=`."""


@dataclass(frozen=True)
class Vocabulary:
    """The region's phrases, each under its rarest key.

    A word that stands alone is found by its forms; one of a phrase by its stem, as the other words of the phrase say
    what it means.
    """

    phrases: dict[str, tuple[_Phrase, ...]]
    keys: "_WordKeys"
    known: frozenset[str]
    """The keys of all phrases."""
    sensitive: frozenset[str]


class _WordKeys(dict[str, tuple[Keys, ...]]):
    """The keys of each word that was asked for: of the usual words for a word of slang, else of the word."""

    def __init__(self, slang: dict[str, str], words: Sequence[Keys]) -> None:
        super().__init__()
        self.slang = slang
        self.alone = frozenset(each[0] for each in words if len(each) == 1)
        self.by_consonants = by_consonants({word for each in words for word in each})

    def __missing__(self, word: str) -> tuple[Keys, ...]:
        usual = self.slang.get(word) or written_out(word, self.by_consonants)
        found = tuple(self._keys(each) for each in _words(usual)) if usual is not None else (self._keys(word),)
        # A caller may send words of any length, and any number of them.
        if len(word) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[word] = found
        return found

    def _keys(self, word: str) -> Keys:
        root = word if self.slang.get(word) == word else stem(word)
        return (root, *(f"={each}" for each in roots(word) if each in self.alone))


@dataclass(frozen=True)
class Classified:
    """`confidence` is above 0, at most 1; `words`: the region's words in the text."""

    category: str
    confidence: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Unsure:
    """The categories that have some word in the text, the best first; empty if no category has."""

    candidates: tuple[str, ...] = ()


def vocabulary(topics: Iterable[WordList], slang: Mapping[str, str]) -> Vocabulary:
    """The vocabulary of the words of `topics`.

    `slang` maps residents' words to the usual words; a word mapped to itself keeps its affixes in a phrase, so that
    "kekerasan" (violence) is not "keras" (loud).
    """
    meanings = {word.lower(): meaning.lower() for word, meaning in slang.items()}
    listed = list(topics)
    keys = _WordKeys(meanings, [_spelled(words, meanings) for topic in listed for words in topic.words])
    owners: dict[Keys, dict[str, str]] = {}
    for topic in listed:
        for phrase in topic.words:
            if wanted := _wanted(_spelled(phrase, meanings), keys):
                owners.setdefault(wanted, {}).setdefault(topic.code, phrase)
    sensitive = frozenset(topic.code for topic in listed if topic.sensitive)
    common = Counter(key for each in owners for key in each)
    phrases: dict[str, list[_Phrase]] = {}
    for each, codes in owners.items():
        for code, shown in codes.items():
            weight = (1 + _LONGER * (len(each) - 1)) / len(codes) * (_SENSITIVE if code in sensitive else 1.0)
            made = _Phrase(each, frozenset(each), shown, code, weight)
            phrases.setdefault(min(each, key=common.__getitem__), []).append(made)
    return Vocabulary({rare: tuple(group) for rare, group in phrases.items()}, keys, frozenset(common), sensitive)


def _spelled(words: str, meanings: Mapping[str, str]) -> Keys:
    """The words of a phrase of the region, in the usual spelling."""
    return tuple(w for word in _words(words.lower()) for w in _words(meanings.get(word, word)))


def _wanted(spelled: Keys, keys: _WordKeys) -> Keys:
    """The keys that a message must have: of one word the word itself, of several their stems."""
    if len(spelled) == 1:
        return (f"={spelled[0]}",)
    return tuple(each[0] for word in spelled for each in keys[word])


def weigh(text: str, vocabulary: Vocabulary) -> tuple[dict[str, float], dict[str, tuple[str, ...]]]:
    """How strongly the words of `text` name each category, and the region's words that do."""
    weights: dict[str, list[float]] = {}
    shown: dict[str, list[str]] = {}
    for phrase, weight in _matches(_spoken(text), vocabulary):
        weights.setdefault(phrase.code, []).append(weight)
        shown.setdefault(phrase.code, []).append(phrase.shown)
    return {code: _add_up(found) for code, found in weights.items()}, {code: tuple(of) for code, of in shown.items()}


def _add_up(weights: list[float]) -> float:
    return sum(weight * _NEXT**i for i, weight in enumerate(sorted(weights, reverse=True)))


def classify(text: str, vocabulary: Vocabulary) -> Classified | Unsure:
    """The category that the words of `text` clearly name.

    Unsure if no category is clear, or if the text also names a sensitive category: then a person has to look.
    """
    scores, shown = weigh(text, vocabulary)
    if not scores:
        return Unsure()
    ranked = sorted(scores, key=lambda code: (-scores[code], code))
    best = ranked[0]
    share = scores[best] / (scores[best] + (scores[ranked[1]] if len(ranked) > 1 else 0.0))
    hidden = not vocabulary.sensitive.isdisjoint(ranked) and best not in vocabulary.sensitive
    if share < _CLEAR or hidden:
        return Unsure(tuple(ranked))
    return Classified(best, round(share * (1 - 0.25 ** scores[best]), 3), shown[best])


def _matches(words: Sequence[str], vocabulary: Vocabulary) -> list[tuple[_Phrase, float]]:
    """The phrases of the text and their weights; without a phrase inside a longer phrase of the same category."""
    phrases = vocabulary.phrases
    positions, where = _positions(words, vocabulary)
    present = positions.keys()
    complete = [phrase for key in positions for phrase in phrases.get(key, ()) if present >= phrase.needs]
    complete.sort(key=lambda phrase: -len(phrase.keys))
    used: dict[str, set[int]] = {}
    matches: list[tuple[_Phrase, float]] = []
    for phrase in complete:
        at = _find_together(phrase.keys, positions)
        if at is None:
            continue
        used_by_category = used.setdefault(phrase.code, set())
        if used_by_category.issuperset(at):
            continue
        used_by_category.update(at)
        together = all(b == a + 1 for a, b in pairwise(at))
        weight = phrase.weight * (1.0 if together else _SCATTERED) * (_EARLY if at[0] < _FIRST else 1.0)
        weight *= _LANDMARK if at[0] in where else 1.0
        matches.append((phrase, weight * (1 + _AGAIN * min(3, len(positions[phrase.keys[0]]) - 1))))
    return matches


def _positions(words: Sequence[str], vocabulary: Vocabulary) -> tuple[dict[str, list[int]], set[int]]:
    """Where each key of the region's phrases stands, and which of these positions only say where something is."""
    known, keys_of = vocabulary.known, vocabulary.keys
    positions: dict[str, list[int]] = {}
    where: set[int] = set()
    i = 0
    for at, word in enumerate(words):
        for keys in keys_of[word]:
            for key in keys:
                if key in known:
                    positions.setdefault(key, []).append(i)
                    if is_landmark(words, at):
                        where.add(i)
            i += 1
    return positions, where


def _find_together(keys: Keys, positions: Mapping[str, Sequence[int]]) -> tuple[int, ...] | None:
    """The positions of the keys near one position of the first; None if they are too far apart."""
    if len(keys) == 1:
        return (positions[keys[0]][0],)
    for start in positions[keys[0]]:
        chosen = [start]
        for key in keys[1:]:
            near = [(abs(i - start - 1), i) for i in _around(start, positions[key]) if i not in chosen]
            if not near:
                break
            chosen.append(min(near)[1])
        else:
            return tuple(chosen)
    return None


def _around(start: int, rising: Sequence[int]) -> Sequence[int]:
    """Those of the rising positions that are in reach of `start`."""
    return rising[bisect_right(rising, start - _REACH) : bisect_left(rising, start + _REACH)]


def _words(text: str) -> list[str]:
    """The words of a text in small letters. A number alone is none: "3 kg" is "kg", "p3k" is a word."""
    return [word for word in _WORD.findall(text) if not word.isdecimal()]


def _spoken(text: str) -> list[str]:
    """The words of a message, without the tag of its channel and the names of streets."""
    return _words(_STREET.sub(r"\1", _TAG.sub("", text)).lower())
