"""Finds the category of a report by its words, and names the words that decided.

A vocabulary is built once from the region's words; `classify` is then a few look-ups for each word of a message.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Literal, NamedTuple, Protocol

from services.routing.reading.stem import stem

_WORD = re.compile(r"[a-z]+")
_LONGEST_KEPT, _MOST_KEPT = 32, 32_768
"""The letters of a word whose stems are kept, and how many such words."""
_REACH = 7
"""The words of a phrase are less than this far from its first: "jalan di depan pasar rusak" is "jalan rusak"."""
_SCATTERED = 0.8
"""The factor for a phrase whose words are not together and in order."""
_EARLY, _FIRST = 1.5, 16
"""The factor for a phrase that begins among the first words, where people name the problem."""
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
    stems: tuple[str, ...]
    needs: frozenset[str]
    shown: str
    code: str
    weight: float


@dataclass(frozen=True)
class Vocabulary:
    """The region's phrases, each under its rarest stem."""

    phrases: dict[str, tuple[_Phrase, ...]]
    stems: "_Stems"
    known: frozenset[str]
    """The stems of all phrases."""
    sensitive: frozenset[str]


class _Stems(dict[str, tuple[str, ...]]):
    """The stems of each word that was asked for: of the usual words for a word of slang, else of the word."""

    def __init__(self, slang: dict[str, tuple[str, ...]]) -> None:
        super().__init__()
        self.slang = slang

    def __missing__(self, word: str) -> tuple[str, ...]:
        stems = self.slang.get(word)
        if stems is None:
            stems = (stem(word),)
        # A caller may send words of any length, and any number of them.
        if len(word) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[word] = stems
        return stems


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

    `slang` maps residents' words to the usual words; a word mapped to itself keeps its affixes, so that "kekerasan"
    (violence) is not "keras" (loud).
    """
    whole = _Stems({word: (word,) for word, meaning in slang.items() if word == meaning})
    usual = _Stems(whole.slang | {word.lower(): tuple(_stems(meaning, whole)) for word, meaning in slang.items()})
    listed = list(topics)
    owners: dict[tuple[str, ...], dict[str, str]] = {}
    for topic in listed:
        for words in topic.words:
            if stems := tuple(_stems(words, usual)):
                owners.setdefault(stems, {}).setdefault(topic.code, words)
    sensitive = frozenset(topic.code for topic in listed if topic.sensitive)
    common = Counter(stem for stems in owners for stem in stems)
    phrases: dict[str, list[_Phrase]] = {}
    for stems, codes in owners.items():
        for code, shown in codes.items():
            weight = (1 + _LONGER * (len(stems) - 1)) / len(codes) * (_SENSITIVE if code in sensitive else 1.0)
            phrase = _Phrase(stems, frozenset(stems), shown, code, weight)
            phrases.setdefault(min(stems, key=common.__getitem__), []).append(phrase)
    return Vocabulary({rare: tuple(group) for rare, group in phrases.items()}, usual, frozenset(common), sensitive)


def classify(text: str, vocabulary: Vocabulary) -> Classified | Unsure:
    """The category that the words of `text` clearly name.

    Unsure if no category is clear, or if the text also names a sensitive category: then a person has to look.
    """
    matches = _matches(_stems(text, vocabulary.stems), vocabulary)
    if not matches:
        return Unsure()
    scores = _scores(matches)
    ranked = sorted(scores, key=lambda code: (-scores[code], code))
    best = ranked[0]
    share = scores[best] / (scores[best] + (scores[ranked[1]] if len(ranked) > 1 else 0.0))
    hidden = not vocabulary.sensitive.isdisjoint(ranked) and best not in vocabulary.sensitive
    if share < _CLEAR or hidden:
        return Unsure(tuple(ranked))
    confidence = round(share * (1 - 0.25 ** scores[best]), 3)
    return Classified(best, confidence, tuple(phrase.shown for phrase, _ in matches if phrase.code == best))


def weigh(text: str, vocabulary: Vocabulary) -> tuple[dict[str, float], dict[str, tuple[str, ...]]]:
    """How strongly the words of `text` name each category, and the region's words that do."""
    matches = _matches(_stems(text, vocabulary.stems), vocabulary)
    scores = _scores(matches)
    return scores, {code: tuple(phrase.shown for phrase, _ in matches if phrase.code == code) for code in scores}


def _scores(matches: Sequence[tuple[_Phrase, float]]) -> dict[str, float]:
    weights: dict[str, list[float]] = {}
    for phrase, weight in matches:
        weights.setdefault(phrase.code, []).append(weight)
    falling = {code: sorted(values, reverse=True) for code, values in weights.items()}
    return {code: sum(w * _NEXT**i for i, w in enumerate(values)) for code, values in falling.items()}


def _matches(stems: Sequence[str], vocabulary: Vocabulary) -> list[tuple[_Phrase, float]]:
    """The phrases of the text and their weights; without a phrase inside a longer phrase of the same category."""
    positions: dict[str, list[int]] = {}
    known, phrases = vocabulary.known, vocabulary.phrases
    for i, word in enumerate(stems):
        if word in known:
            positions.setdefault(word, []).append(i)
    present = positions.keys()
    complete = [phrase for word in positions for phrase in phrases.get(word, ()) if present >= phrase.needs]
    complete.sort(key=lambda phrase: -len(phrase.stems))
    used: dict[str, set[int]] = {}
    matches: list[tuple[_Phrase, float]] = []
    for phrase in complete:
        at = _find_together(phrase.stems, positions)
        if at is None:
            continue
        used_by_category = used.setdefault(phrase.code, set())
        if used_by_category.issuperset(at):
            continue
        used_by_category.update(at)
        together = all(b == a + 1 for a, b in pairwise(at))
        weight = phrase.weight * (1.0 if together else _SCATTERED) * (_EARLY if at[0] < _FIRST else 1.0)
        matches.append((phrase, weight * (1 + _AGAIN * min(3, len(positions[phrase.stems[0]]) - 1))))
    return matches


def _find_together(stems: tuple[str, ...], positions: Mapping[str, Sequence[int]]) -> tuple[int, ...] | None:
    """The positions of the stems near one position of the first stem; None if they are too far apart."""
    if len(stems) == 1:
        return (positions[stems[0]][0],)
    for start in positions[stems[0]]:
        chosen = [start]
        for word in stems[1:]:
            near = [(abs(i - start - 1), i) for i in _around(start, positions[word]) if i not in chosen]
            if not near:
                break
            chosen.append(min(near)[1])
        else:
            return tuple(chosen)
    return None


def _around(start: int, rising: Sequence[int]) -> Sequence[int]:
    """Those of the rising positions that are in reach of `start`."""
    return rising[bisect_right(rising, start - _REACH) : bisect_left(rising, start + _REACH)]


def _stems(text: str, stems: _Stems) -> list[str]:
    return list(chain.from_iterable(map(stems.__getitem__, _WORD.findall(text.lower()))))


_INFORMATION = re.compile(
    r"\b(?:mohon|minta|butuh|perlu|nyuwun) (?:info|informasi|penjelasan|pencerahan)"
    r"|\b(?:mau|ingin|numpang|ijin|izin|badhe|arep) (?:tanya|bertanya|nanya|tanglet|takon)"
    r"|\b(?:bagaimana|gimana|bgmn|gmn|piye|pripun) (?:cara|prosedur|proses|syarat|carane)"
    r"|\b(?:apa|apakah) (?:saja )?(?:syarat|persyaratan|bisa|ada|boleh)"
    r"|\b(?:berapa (?:biaya|biayanya|lama|tarif|tarifnya))\b"
    r"|\b(?:pertanyaan|menanyakan|tanya)\b"
)
_ASPIRATION = re.compile(
    r"\b(?:usul|usulan|mengusulkan|saran|menyarankan|aspirasi|ide|gagasan|sebaiknya|mbokyao)\b"
    r"|\b(?:alangkah baiknya|mbok yao)\b"
    r"|\b(?:bagaimana|gimana) (?:kalau|jika|kalo|klo)\b"
    r"|\b(?:mohon|tolong|harap|agar) (?:segera )?(?:dibangun|diadakan|disediakan|dipertimbangkan|ditambah)"
)


def kind_of(text: str) -> Literal["complaint", "aspiration", "information"]:
    """Whether the words ask or propose something; otherwise they complain."""
    small = text.lower()
    if _ASPIRATION.search(small):
        return "aspiration"
    return "information" if _INFORMATION.search(small) else "complaint"
