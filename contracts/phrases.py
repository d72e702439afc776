"""Finds a region's phrases in what people write, however they spell the words. Pure; used by intake and by routing.

A phrase is one or more words. In it, `*` at the end of a word stands for any ending ("bakar*"), `~` before a word for
the forms that Indonesian and Javanese make of it ("~culik": menculik, diculik, penculikan, nyulik), `<name>` for any
word of the group of that name, and `..` between two words for up to four other words of the same sentence.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, Self

_TOKEN = re.compile(r"[a-z]+|[.!?;\n]+")
_PART = re.compile(r"[a-z]+\*?|~[a-z]{4,}|<[a-z-]+>")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_SUFFIXES = ("nya", "ipun", "ne", "lah", "kah", "ku", "mu", "e")
_VOWELS = str.maketrans("", "", "aeiou")
_GAP = 4
_LONGEST_KEPT, _MOST_KEPT = 32, 32_768
"""The letters of a word that is remembered, and how many such words: a caller may send words of any length."""
_FEWEST_CONSONANTS, _FEWEST_ALONE = 4, 5
"""A word of fewer consonants is not known again without some of its vowels, or without all: too many have the same."""
_MOST_MATCHES = 60
"""Of a phrase, and of a list, in one text: matches are compared with each other."""
_PREFIXES = (
    *(
        ("meny", "s"),
        ("peny", "s"),
        ("mem", "p"),
        ("pem", "p"),
        ("men", "t"),
        ("pen", "t"),
        ("meng", "k"),
        ("peng", "k"),
    ),
    *(("nge", ""), ("nyo", "co"), ("ny", "s"), ("ny", "c"), ("ng", "k"), ("n", "t"), ("m", "p"), ("m", "b"), ("n", "")),
    *(
        (each, "")
        for each in ("meng", "peng", "mem", "pem", "men", "pen", "me", "pe", "di", "ke", "ter", "ber", "ng", "m")
    ),
)
"""How a form begins, and how the word that it is made of begins in its place."""
_ENDINGS = ("", "kan", "an", "i", "nya", "e", "ne", "no", "ake", "ono", "ku", "mu", "kannya", "annya", "inya", "lah")
_SHORTEST_ROOT = 4
GAP = ".."


class Match(NamedTuple):
    """A phrase of a list, from the word at `start` up to the one before `end`."""

    phrase: str
    start: int
    end: int


class PhrasesFound(NamedTuple):
    """What stands in one text. `words`: in small letters; a mark that ends a sentence counts as a word."""

    words: Sequence[str]
    of: Mapping[str, Sequence[Match]]
    """The matches by the name of their list; a list without a match is not there."""

    def places(self, name: str) -> int:
        """At how many words of the text a phrase of this list begins."""
        return len({match.start for match in self.of.get(name, ())})

    def covered(self, name: str) -> int:
        """How many words of the text stand in phrases of this list."""
        return len({i for match in self.of.get(name, ()) for i in range(match.start, match.end)})

    def shown(self, *names: str, most: int = 3) -> str:
        """The words of the text that the phrases of these lists met, each once."""
        return self.said([match for name in names for match in self.of.get(name, ())], most)

    def said(self, matches: Iterable[Match], most: int = 3) -> str:
        """The words of these matches in the order of the text, without those that stand inside others."""
        words: dict[str, None] = {}
        reached = 0
        for match in sorted(matches, key=lambda each: (each.start, -each.end)):
            if match.end > reached:
                words[" ".join(self.words[match.start : match.end])] = None
                reached = match.end
        return ", ".join(list(words)[:most])


class _Step(NamedTuple):
    key: str
    gap: int
    """How many other words may stand before it."""


class _Phrase(NamedTuple):
    list: str
    shown: str
    steps: tuple[_Step, ...]
    needs: frozenset[str]


class PhraseBook:
    """The phrases of several lists, each under its rarest word; built once. `find` takes about a microsecond a word."""

    def __init__(self, phrases: Mapping[str, Sequence[_Phrase]], keys: "_Keys") -> None:
        self._phrases, self._keys = phrases, keys

    @classmethod
    def of(
        cls,
        lists: Mapping[str, Iterable[str]],
        groups: Mapping[str, Iterable[str]] | None = None,
        slang: Mapping[str, str] | None = None,
    ) -> Self:
        """`slang` maps words as they are written to the usual words. Raises `ValueError` for what is no phrase."""
        groups = groups or {}
        phrases: list[_Phrase] = []
        for name, listed in lists.items():
            for shown in listed:
                steps = read_phrase(shown, groups)
                phrases.append(_Phrase(name, shown, steps, frozenset(step.key for step in steps)))
        common = Counter(key for phrase in phrases for key in phrase.needs)
        by_rarest: dict[str, list[_Phrase]] = {}
        for phrase in phrases:
            by_rarest.setdefault(min(sorted(phrase.needs), key=common.__getitem__), []).append(phrase)
        keys = _Keys(common, {name: tuple(members) for name, members in groups.items()}, slang or {})
        return cls({key: tuple(group) for key, group in by_rarest.items()}, keys)

    def find(self, text: str) -> PhrasesFound:
        words = _TOKEN.findall(text.lower())
        keys = list(map(self._keys.__getitem__, words))
        positions: dict[str, list[int]] = {}
        for i, here in enumerate(keys):
            for key in here:
                positions.setdefault(key, []).append(i)
        of: dict[str, list[Match]] = {}
        present = positions.keys()
        for key in positions:
            for phrase in self._phrases.get(key, ()):
                if phrase.needs <= present:
                    for start in positions[phrase.steps[0].key][:_MOST_MATCHES]:
                        if end := _end(phrase.steps, keys, start, words):
                            of.setdefault(phrase.list, []).append(Match(phrase.shown, start, end))
        return PhrasesFound(words, {name: matches[:_MOST_MATCHES] for name, matches in of.items()})


def apart(found: PhrasesFound, name: str, other: str) -> list[Match]:
    """The matches of the list `name` that do not stand inside one of the list `other`."""
    covers = found.of.get(other, ())
    return [
        each for each in found.of.get(name, ()) if not any(c.start <= each.start and each.end <= c.end for c in covers)
    ]


def read_phrase(phrase: str, groups: Mapping[str, object]) -> tuple[_Step, ...]:
    """The steps of a phrase. Raises `ValueError` with what is wrong.

    >>> [step.key for step in read_phrase("rumah .. bakar*", {})]
    ['rumah', 'bakar*']
    """
    parts = phrase.lower().split()
    if not parts or GAP in (parts[0], parts[-1]) or (GAP, GAP) in pairwise(parts):
        raise ValueError(f"{phrase!r}: write a word before and after each ..")
    steps: list[_Step] = []
    gap = 0
    for part in parts:
        if part == GAP:
            gap = _GAP
            continue
        if not _PART.fullmatch(part):
            what = "write letters, with * for any ending or ~ for its forms, or <group>"
            raise ValueError(f"{phrase!r}: {part!r} is no word; {what}")
        if part.startswith("<") and part[1:-1] not in groups:
            raise ValueError(f"{phrase!r}: there is no group {part[1:-1]!r}; there are {', '.join(groups) or 'none'}")
        steps.append(_Step(part, gap))
        gap = 0
    return tuple(steps)


def _end(steps: Sequence[_Step], keys: Sequence[tuple[str, ...]], start: int, words: Sequence[str]) -> int:
    """The position behind the phrase that begins at `start`; 0 if it does not stand there."""
    at = start
    for step in steps[1:]:
        for i in range(at + 1, min(at + 2 + step.gap, len(keys))):
            if step.key in keys[i]:
                at = i
                break
            if not words[i][0].isalpha():
                return 0
        else:
            return 0
    return at + 1


class _Keys(dict[str, tuple[str, ...]]):
    """The words and groups of the phrases that a written word stands for."""

    def __init__(self, keys: Iterable[str], groups: Mapping[str, Sequence[str]], slang: Mapping[str, str]) -> None:
        super().__init__()
        named: dict[str, set[str]] = {}
        for key in keys:
            for word in groups[key[1:-1]] if key.startswith("<") else (key,):
                named.setdefault(word.lower(), set()).add(key)
        self._roots = {word[1:]: keys for word, keys in named.items() if word.startswith("~")}
        self._whole = {word: keys for word, keys in named.items() if word.isalpha()}
        self._begun = {word[:-1]: keys for word, keys in named.items() if word.endswith("*")}
        self._shortest = min(map(len, self._begun), default=99)
        self._slang = slang
        self._bare: dict[str, list[str]] = {}
        for word in sorted({*self._whole, *self._begun}):
            if len(bare := _consonants(word)) >= _FEWEST_CONSONANTS:
                self._bare.setdefault(bare, []).append(word)

    def __missing__(self, written: str) -> tuple[str, ...]:
        keys = tuple(sorted(self._of(written))) if written[0].isalpha() else ()
        if len(written) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[written] = keys
        return keys

    def _of(self, written: str) -> set[str]:
        word = _DRAWN_OUT.sub(r"\1", written)[:_LONGEST_KEPT]
        found = self._exactly(word)
        usual = self._slang.get(word)
        if usual and " " not in usual and usual != word:
            found |= self._exactly(usual.lower())
        for root in _roots(word) & self._roots.keys():
            found |= self._roots[root]
        return found or self._without_vowels(word)

    def _exactly(self, word: str) -> set[str]:
        stems = (word[: -len(end)] for end in _SUFFIXES if word.endswith(end) and len(word) - len(end) >= 3)
        found: set[str] = set()
        for each in (word, *stems):
            found |= self._whole.get(each, set())
        for size in range(self._shortest, len(word) + 1):
            found |= self._begun.get(word[:size], set())
        return found

    def _without_vowels(self, word: str) -> set[str]:
        """The keys of the longer words that this one is, if only vowels were left out."""
        if len(word) < _FEWEST_ALONE:
            return set()
        for known in self._bare.get(_consonants(word), ()):
            if len(word) < len(known) and word[0] == known[0] and _is_within(word, known):
                return self._whole.get(known, set()) | self._begun.get(known, set())
        return set()


def _roots(word: str) -> set[str]:
    """The words that this one may be a form of, itself among them.

    >>> "culik" in _roots("penculikan") and "culik" in _roots("nyulik") and "siksa" in _roots("menyiksa")
    True
    """
    begun = [word, *(as_root + word[len(prefix) :] for prefix, as_root in _PREFIXES if word.startswith(prefix))]
    ends = ((form, ending) for form in begun for ending in _ENDINGS if form.endswith(ending))
    forms = (form[: len(form) - len(ending)] for form, ending in ends)
    return {form for form in forms if len(form) >= _SHORTEST_ROOT}


def _consonants(word: str) -> str:
    return re.sub(r"([a-z])\1+", r"\1", word.translate(_VOWELS).replace("ng", "g"))


def _is_within(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)
