"""The places of a region by their names: every spelling of a name, and what is known of names that are also words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple, Protocol, Self

from services.routing.reading.spellings import abbreviated, abbreviates, by_skeleton, is_one_off, joined, single

_JOINED_CODE = re.compile(r"(?<![^\W_])[^\W_]++(?:[^\w\s][^\W_]++)++")
_DIGIT = re.compile(r"\d")
_FEWEST_CONSONANTS = 4
"""Fewer, as in "bnd", are those of too many villages; kecamatan are few."""


class ListedPlace(Protocol):
    """A place as the region lists it. A kecamatan's `kecamatan_code` is its own code."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kecamatan_code(self) -> str: ...
    @property
    def kecamatan(self) -> str: ...
    @property
    def aliases(self) -> Sequence[str]: ...


class GazetteerPlace(NamedTuple):
    code: str
    name: str
    kecamatan_code: str
    kecamatan: str

    @property
    def is_kecamatan(self) -> bool:
        return self.code == self.kecamatan_code


class Levels(NamedTuple):
    """The places that a name may mean, and those of them that are villages and those that are kecamatan."""

    places: tuple[GazetteerPlace, ...]
    villages: tuple[GazetteerPlace, ...]
    kecamatan: tuple[GazetteerPlace, ...]

    @classmethod
    def of(cls, places: tuple[GazetteerPlace, ...]) -> Self:
        villages = tuple(p for p in places if not p.is_kecamatan)
        return cls(places, villages, tuple(p for p in places if p.is_kecamatan))


@dataclass(frozen=True)
class Gazetteer:
    by_code: dict[str, GazetteerPlace]
    by_name: dict[str, Levels]
    """By the name in small letters without spaces; spellings that differ in doubled letters have the same places."""
    common: frozenset[str] = field(default=frozenset())
    """Names, in the same spelling, that are also words: they need a sign beside them that a place is meant."""
    everyday: frozenset[str] = field(default=frozenset())
    """Those of `common` that may also follow "desa" as words, such as "sudah"."""
    elsewhere: frozenset[str] = field(default=frozenset())
    """Names of places outside the region."""
    home: str = ""
    """The region's own name, in the same spelling."""
    code_in_text: re.Pattern[str] | None = None
    """Words of the form of the region's codes, if its codes are like no word or number: see `_code_pattern`."""
    marks: str = ""
    """The marks that join such words: a text without any of them has none."""

    @classmethod
    def of(
        cls,
        listed: Iterable[ListedPlace],
        common: Iterable[str] = (),
        everyday: Iterable[str] = (),
        elsewhere: Iterable[str] = (),
        home: str = "",
    ) -> Self:
        by_code: dict[str, GazetteerPlace] = {}
        alike: dict[str, dict[GazetteerPlace, None]] = {}
        spellings: set[str] = set()
        for entry in listed:
            place = GazetteerPlace(entry.code, entry.name, entry.kecamatan_code, entry.kecamatan)
            by_code[place.code] = place
            for spelling in map(joined, (entry.name, *entry.aliases)):
                spellings |= {spelling, single(spelling)} - {""}
                alike.setdefault(single(spelling), {})[place] = None
        by_name = {spelling: Levels.of(tuple(alike[single(spelling)])) for spelling in spellings}
        often = frozenset(map(joined, everyday))
        marks = _marks(by_code)
        return cls(
            by_code,
            by_name,
            frozenset(map(joined, common)) | often,
            often,
            frozenset(map(joined, elsewhere)) - {""},
            joined(home),
            _code_pattern(marks),
            marks,
        )

    def codes_in(self, text: str) -> list[str]:
        """The codes that stand in a text, each once. A code such as 36061 or MN counts only as the whole text."""
        if (whole := text.strip()) in self.by_code:
            return [whole]
        if self.code_in_text is None or not any(map(text.__contains__, self.marks)):
            return []
        words = self.code_in_text.findall(text)
        found = (word if word in self.by_code else _without_words_beside(word) for word in words)
        return [code for code in dict.fromkeys(found) if code in self.by_code]

    def village_like(self, word: str, kecamatan: Iterable[str] = ()) -> str | None:
        """The name of the only village that a word after "desa" abbreviates; in these kecamatan, also misspells."""
        inside = [name for code in kecamatan for name in self._villages_in.get(code, ())]
        if not inside:
            return abbreviated(word, self._village_skeletons)
        near = {name for name in inside if abbreviates(word, name) or is_one_off(word, name)}
        return near.pop() if len(near) == 1 else None

    def kecamatan_like(self, word: str) -> str | None:
        """The name of the only kecamatan that a word after "kecamatan" abbreviates or misspells by one letter."""
        if named := abbreviated(word, self._kecamatan_skeletons):
            return named
        near = {name for name in self._kecamatan_names if is_one_off(word, name)}
        return near.pop() if len(near) == 1 else None

    @cached_property
    def of_places_alone(self) -> "Gazetteer":
        """For what is said to be a place: there, names are no words, but the region's own is still no place in it."""
        return replace(self, common=frozenset({self.home}), everyday=frozenset())

    @cached_property
    def _kecamatan_names(self) -> frozenset[str]:
        return frozenset(joined(p.name) for p in self.by_code.values() if p.is_kecamatan)

    @cached_property
    def _kecamatan_skeletons(self) -> dict[str, list[str]]:
        return by_skeleton(self._kecamatan_names, _FEWEST_CONSONANTS - 1)

    @cached_property
    def _villages_in(self) -> dict[str, list[str]]:
        """The names of the villages of each kecamatan, by its code."""
        found: dict[str, list[str]] = {}
        for place in self.by_code.values():
            if not place.is_kecamatan:
                found.setdefault(place.kecamatan_code, []).append(joined(place.name))
        return found

    @cached_property
    def _village_skeletons(self) -> dict[str, list[str]]:
        return by_skeleton((name for names in self._villages_in.values() for name in names), _FEWEST_CONSONANTS)


def _without_words_beside(word: str) -> str:
    """ "Jl.35.22.06.rusak" without the parts that have no digit, which the code's own mark joins to it."""
    if (digit := _DIGIT.search(word)) is None:
        return ""
    last = next(at for at in range(len(word) - 1, -1, -1) if word[at].isdigit())
    begin = next((at + 1 for at in range(digit.start(), -1, -1) if not _is_of_word(word[at])), 0)
    end = next((at for at in range(last, len(word)) if not _is_of_word(word[at])), len(word))
    return word[begin:end]


def _is_of_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _marks(codes: Iterable[str]) -> str:
    """The marks that join the parts of the region's codes, such as the dots of 35.22.06."""
    joined_codes = [code for code in codes if _JOINED_CODE.fullmatch(code) and any(map(str.isdigit, code))]
    return "".join(sorted({letter for code in joined_codes for letter in code if not letter.isalnum()}))


def _code_pattern(marks: str) -> re.Pattern[str] | None:
    """Finds words that are joined by these marks; null without any.

    A longer word that begins as a code does is found whole, and is then no code.
    """
    # Possessive, and only from the start of a word: a long word is gone through once.
    return re.compile(rf"\b\w++(?:[{re.escape(marks)}]\w++)++") if marks else None
