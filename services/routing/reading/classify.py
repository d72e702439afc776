"""Says what a report is about from the words in it, and which words said so.

A vocabulary is built once from the region's words; `classify` is then a few look-ups for each word of a message.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple, Protocol

from services.routing.reading.stem import stem

_WORD = re.compile(r"[a-z]+")
_REACH = 7
"""How near its first word a phrase's others stand (less than): "jalan di depan pasar rusak" is "jalan rusak"."""
_SCATTERED = 0.8
"""What a phrase weighs whose words do not stand together and in order."""
_EARLY, _FIRST = 1.5, 16
"""How much more a phrase weighs that begins among the first words, where people say what it is about."""
_AGAIN = 0.25
"""What each further mention of the same phrase's first word adds, up to three."""
_NEXT = 0.6
"""Each further phrase of a category counts this much of the one before: many common words cannot beat a telling one."""
_LONGER = 0.5
"""What each further word of a phrase adds to its weight."""
_SENSITIVE = 2.0
"""A sensitive category's words weigh more: publishing such a report is worse than having a person look at it."""
_CLEAR = 0.62
"""The share of the best against the next that counts as clear."""


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
    """The region's phrases, each by the one of its stems that the fewest phrases have."""

    phrases: dict[str, tuple[_Phrase, ...]]
    slang: dict[str, tuple[str, ...]]
    """The stems that a word of the residents stands for."""
    sensitive: frozenset[str]


@dataclass(frozen=True)
class Classified:
    """`confidence` is above 0, at most 1; `words` are the region's words that were found."""

    category: str
    confidence: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Unsure:
    """The categories that some word spoke for, the best first; none if no word did."""

    candidates: tuple[str, ...] = ()


def vocabulary(topics: Iterable[WordList], slang: Mapping[str, str]) -> Vocabulary:
    """The words of `topics`, read as people write.

    `slang` gives their word and the usual one; a word that stands for itself keeps its affixes, so that "kekerasan"
    (violence) is not "keras" (loud).
    """
    whole = {word: (word,) for word, meaning in slang.items() if word == meaning}
    usual = whole | {word.lower(): tuple(_stems(meaning, whole)) for word, meaning in slang.items()}
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
    return Vocabulary({rare: tuple(them) for rare, them in phrases.items()}, usual, sensitive)


def classify(text: str, vocabulary: Vocabulary) -> Classified | Unsure:
    """The category the words of `text` clearly speak for.

    Unsure when none is clear, and when a sensitive category is spoken of beside another: a person should look.
    """
    found = _found(_stems(text, vocabulary.slang), vocabulary)
    if not found:
        return Unsure()
    weights: dict[str, list[float]] = {}
    for phrase, weight in found:
        weights.setdefault(phrase.code, []).append(weight)
    falling = {code: sorted(them, reverse=True) for code, them in weights.items()}
    scores = {code: sum(w * _NEXT**i for i, w in enumerate(them)) for code, them in falling.items()}
    ranked = sorted(scores, key=lambda code: (-scores[code], code))
    best = ranked[0]
    share = scores[best] / (scores[best] + (scores[ranked[1]] if len(ranked) > 1 else 0.0))
    hidden = not vocabulary.sensitive.isdisjoint(ranked) and best not in vocabulary.sensitive
    if share < _CLEAR or hidden:
        return Unsure(tuple(ranked))
    confidence = round(share * (1 - 0.25 ** scores[best]), 3)
    return Classified(best, confidence, tuple(phrase.shown for phrase, _ in found if phrase.code == best))


def _found(stems: Sequence[str], vocabulary: Vocabulary) -> list[tuple[_Phrase, float]]:
    """The phrases of the text and their weights; a phrase inside a longer one that was found does not count again."""
    places: dict[str, list[int]] = {}
    for i, one in enumerate(stems):
        places.setdefault(one, []).append(i)
    starting = (phrase for one in places for phrase in vocabulary.phrases.get(one, ()))
    near = [phrase for phrase in starting if places.keys() >= phrase.needs]
    near.sort(key=lambda phrase: -len(phrase.stems))
    taken: dict[str, set[int]] = {}
    found: list[tuple[_Phrase, float]] = []
    for phrase in near:
        spot = _spot(phrase.stems, places)
        if spot is None:
            continue
        mine = taken.setdefault(phrase.code, set())
        if mine.issuperset(spot):
            continue
        mine.update(spot)
        together = all(b == a + 1 for a, b in pairwise(spot))
        weight = phrase.weight * (1.0 if together else _SCATTERED) * (_EARLY if spot[0] < _FIRST else 1.0)
        found.append((phrase, weight * (1 + _AGAIN * min(3, len(places[phrase.stems[0]]) - 1))))
    return found


def _spot(stems: tuple[str, ...], places: Mapping[str, Sequence[int]]) -> tuple[int, ...] | None:
    """Where the stems stand near one another, close to a place of the first; None if they are too far apart."""
    if len(stems) == 1:
        return (places[stems[0]][0],)
    for start in places[stems[0]]:
        spot = [start]
        for one in stems[1:]:
            near = [(abs(at - start - 1), at) for at in places[one] if abs(at - start) < _REACH and at not in spot]
            if not near:
                break
            spot.append(min(near)[1])
        else:
            return tuple(spot)
    return None


def _stems(text: str, slang: Mapping[str, tuple[str, ...]]) -> list[str]:
    stems: list[str] = []
    for word in _WORD.findall(text.lower()):
        usual = slang.get(word)
        if usual is None:
            stems.append(stem(word))
        else:
            stems.extend(usual)
    return stems


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
    """Whether the words ask, propose, or (if neither) complain."""
    small = text.lower()
    if _ASPIRATION.search(small):
        return "aspiration"
    return "information" if _INFORMATION.search(small) else "complaint"
