"""The class of each word: how common it is in names, and how ordinary it is otherwise."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2s
from pathlib import Path

from services.routing.reading.cues import HONORIFICS, PLACE_CUES, RANKS
from services.routing.reading.lexicon import HASH_BYTES, SALT
from services.routing.training.names import sources
from services.routing.training.names.sources import WORD

RANGES = {3: (2, 300), 2: (300, 3_000), 1: (3_000, 12_000)}
"""The ranks of the hashed name words of each strength."""


@dataclass
class WordCounts:
    reports: Counter[str] = field(default_factory=Counter)
    """In how many reports, stemmed ones too."""
    seen: Counter[str] = field(default_factory=Counter)
    capital: Counter[str] = field(default_factory=Counter)
    news: Counter[str] = field(default_factory=Counter)
    """Outside of names."""
    persons: Counter[str] = field(default_factory=Counter)
    marked: set[str] = field(default_factory=set)


def count(data: Path) -> WordCounts:
    counts, marks = WordCounts(), sources.marks(data)
    for text in sources.reports(data):
        words = WORD.findall(text)
        counts.reports.update({word.lower() for word in words})
        counts.seen.update(word.lower() for word in words)
        counts.capital.update(word.lower() for word in words if word[0].isupper() and not word.isupper())
        for start, end in marks.get(sources.hash_of(text), ()):
            counts.marked |= {word.lower() for word in WORD.findall(text[start:end])}
    for words in sources.stemmed(data):
        counts.reports.update(set(words))
    for sentence in sources.news(data):
        counts.news.update(sentence.others)
        counts.persons.update(sentence.text[start:end].lower() for start, end in sentence.persons)
    return counts


class Classes:
    """Gives words their classes."""

    def __init__(self, data: Path, ranks: dict[bytes, int]) -> None:
        self.counts, self.ranks = count(data), ranks
        self.ordinary = sources.ordinary(data)
        self.own_names = sources.listed("javanese_names.txt")
        self.names = self.own_names | sources.faker_names()
        self.javanese = sources.listed("javanese_words.txt")
        self.places = sources.faker_cities()
        self.no_names = sources.listed("not_names.txt") | RANKS | HONORIFICS | PLACE_CUES

    def all(self) -> dict[str, str]:
        words = self.ordinary | self.names | self.javanese | self.places
        words |= set(self.counts.reports) | set(self.counts.news)
        kinds = {word: self.kind(word) for word in words if word.isalpha() and word.islower()}
        return {word: kind for word, kind in kinds.items() if kind is not None}

    def kind(self, word: str) -> str | None:
        """The class; null: what is known of it is its hash or its sound."""
        if word in self.places and word not in self.names:
            return "p"
        if word in self.javanese:
            return "s2o3" if word in self.own_names else "s0o3"
        strength, ordinary = self.strength(word), 0
        counts, listed = self.counts, word in self.names
        often = counts.reports[word]
        news = counts.news[word] if counts.persons[word] * 3 < counts.news[word] else 0
        if word in self.ordinary:
            ordinary = 3 if often >= 20 or news >= 5 else 2 if often >= 3 or news >= 2 else 1
            if ordinary == 3 and not listed and not 0 < self.rank(word) < 300:
                strength = 0
        elif strength == 0:
            ordinary = 3 if often >= 30 else 2 if often >= 8 or news >= 3 else 1 if often >= 3 or news else 0
            if not news and (word in counts.marked or not self._is_small(word)):
                return None
        elif not listed:
            ordinary = 2 if often >= 30 else 1 if strength == 1 and news >= 2 else 0
        told = listed or ordinary
        return f"s{strength}o{ordinary}" if told else None

    def _is_small(self, word: str) -> bool:
        """Whether reports have it three times or more, and mostly in small letters, as no name is.

        Stemmed reports have no capitals: of a word that they alone have, no two people of 25,000 may be called so.
        """
        seen, capital = self.counts.seen[word], self.counts.capital[word]
        return 2 * capital < seen if seen >= 3 else self.counts.reports[word] >= 6 and self.rank(word) == 0 == capital

    def strength(self, word: str) -> int:
        if word in self.no_names:
            return 0
        rank = self.rank(word)
        if word in self.names:
            return 3 if 0 < rank < 1_500 else 2
        return next((strength for strength, (low, high) in RANGES.items() if low <= rank < high), 0)

    def rank(self, word: str) -> int:
        return self.ranks.get(blake2s((SALT + word).encode(), digest_size=8).digest(), 0)

    def hashes(self, strength: int) -> bytes:
        low, high = RANGES[strength]
        return b"".join(sorted(key[:HASH_BYTES] for key, rank in self.ranks.items() if low <= rank < high))
