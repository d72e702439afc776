"""Finds the place that a resident names in a text, or the several places that it could be.

A gazetteer is built once; `find` then looks at each word of a message a fixed number of times.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import add
from typing import Literal, NamedTuple, Protocol, Self

_WORD = re.compile(r"[a-z]+")
_JOINED_CODE = re.compile(r"(?<![^\W_])[^\W_]++(?:[^\w\s][^\W_]++)++")
_DIGIT = re.compile(r"\d")
_NONE = " "
"""No name has a space, as `_joined` gives it."""
_DOUBLED = re.compile(r"([a-z])\1+")

_VILLAGE_MARKS = frozenset({"desa", "ds", "dsa", "deso", "kades", "kel", "kelurahan", "klurahan", "lurah"})
_KECAMATAN_MARKS = frozenset({"kec", "kecamatan", "kcmtn", "kecmatan", "camat"})
_NOT_A_PLACE_MARKS = frozenset({"dusun", "dsn", "dukuh", "dkh", "kab", "kabupaten", "kota", "provinsi", "prov"})
"""The word after these is a hamlet, a regency or a province, even if a desa here has the same name."""


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


@dataclass(frozen=True)
class SinglePlace:
    place: GazetteerPlace


@dataclass(frozen=True)
class Ambiguous:
    """Several places fit; `kecamatan`: the one that all of them lie in, if there is one."""

    candidates: tuple[GazetteerPlace, ...]
    kecamatan: GazetteerPlace | None = None


@dataclass(frozen=True)
class NoPlace:
    pass


@dataclass(frozen=True)
class Gazetteer:
    by_code: dict[str, GazetteerPlace]
    by_name: dict[str, "_Levels"]
    """By the name in small letters without spaces; spellings that differ in doubled letters have the same places."""
    common: frozenset[str] = field(default=frozenset())
    """Names, in the same spelling, that are also ordinary words: they need a "desa" or "kecamatan" before them."""
    code_in_text: re.Pattern[str] | None = None
    """Words of the form of the region's codes, if its codes are like no word or number: see `_code_pattern`."""
    marks: str = ""
    """The marks that join such words: a text without any of them has none."""

    @classmethod
    def of(cls, listed: Iterable[ListedPlace], common: Iterable[str] = ()) -> Self:
        by_code: dict[str, GazetteerPlace] = {}
        alike: dict[str, dict[GazetteerPlace, None]] = {}
        spellings: set[str] = set()
        for entry in listed:
            place = GazetteerPlace(entry.code, entry.name, entry.kecamatan_code, entry.kecamatan)
            by_code[place.code] = place
            for spelling in map(_joined, (entry.name, *entry.aliases)):
                spellings |= {spelling, _single(spelling)}
                alike.setdefault(_single(spelling), {})[place] = None
        by_name = {spelling: _Levels.of(tuple(alike[_single(spelling)])) for spelling in spellings}
        marks = _marks(by_code)
        return cls(by_code, by_name, frozenset(map(_joined, common)), _code_pattern(marks), marks)


class _Levels(NamedTuple):
    """The places that a name may mean, and those of them that are villages and those that are kecamatan."""

    places: tuple[GazetteerPlace, ...]
    villages: tuple[GazetteerPlace, ...]
    kecamatan: tuple[GazetteerPlace, ...]

    @classmethod
    def of(cls, places: tuple[GazetteerPlace, ...]) -> Self:
        villages = tuple(p for p in places if not p.is_kecamatan)
        return cls(places, villages, tuple(p for p in places if p.is_kecamatan))


class _Mention(NamedTuple):
    """A name in the text, with its level by the words around it."""

    spelled: str
    level: Literal["village", "kecamatan", "any"]
    places: tuple[GazetteerPlace, ...]


def find(text: str, gazetteer: Gazetteer) -> SinglePlace | Ambiguous | NoPlace:
    """The place that `text` is about: by its code in the region's list, or by name.

    A code such as 36061 or MN, which could be any number or word, counts only where it is the whole text.
    A desa and its kecamatan are one place. Two desa are several, and so are a kecamatan and a desa outside it.
    """
    codes = _codes(text, gazetteer)
    if codes:
        return _answer([gazetteer.by_code[code] for code in codes], gazetteer)
    marked, bare, rest = list[_Mention](), list[_Mention](), list[_Mention]()
    for each in _mentions(text, gazetteer):
        # A name of both a desa and a kecamatan means the kecamatan, unless a word before or after marks it as a desa.
        is_bare = each.level == "any" and not any(p.is_kecamatan for p in each.places)
        (marked if each.level == "village" else bare if is_bare else rest).append(each)
    villages = marked or bare
    if not villages:
        return _answer([p for m in _surest(rest) for p in _kecamatan_reading(m)], gazetteer)
    kecamatan = {p.code for m in rest for p in m.places if p.is_kecamatan}
    return _answer([p for m in villages for p in _narrowed(m.places, kecamatan, gazetteer)], gazetteer)


def _codes(text: str, gazetteer: Gazetteer) -> list[str]:
    """The codes that stand in a text, each once."""
    if (whole := text.strip()) in gazetteer.by_code:
        return [whole]
    if gazetteer.code_in_text is None or not _has_any(gazetteer.marks, text):
        return []
    words = gazetteer.code_in_text.findall(text)
    found = (word if word in gazetteer.by_code else _without_words_beside(word) for word in words)
    return [code for code in dict.fromkeys(found) if code in gazetteer.by_code]


def _has_any(marks: str, text: str) -> bool:
    for mark in marks:  # noqa: SIM110  # `any` over a generator takes three times as long
        if mark in text:
            return True
    return False


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
    joined = [code for code in codes if _JOINED_CODE.fullmatch(code) and any(map(str.isdigit, code))]
    return "".join(sorted({letter for code in joined for letter in code if not letter.isalnum()}))


def _code_pattern(marks: str) -> re.Pattern[str] | None:
    """Finds words that are joined by these marks; null without any.

    A longer word that begins as a code does is found whole, and is then no code.
    """
    # Possessive, and only from the start of a word: a long word is gone through once.
    return re.compile(rf"\b\w++(?:[{re.escape(marks)}]\w++)++") if marks else None


def _mentions(text: str, gazetteer: Gazetteer) -> list[_Mention]:
    words = _WORD.findall(text.lower())
    by_name = gazetteer.by_name
    mentions: dict[_Mention, None] = {}  # in their order
    next_word = 0
    pairs = [*map(add, words, words[1:]), _NONE]
    both = enumerate(zip(words, pairs, strict=False))  # a text without words has a pair, and no word
    named = [i for i, (word, pair) in both if word in by_name or pair in by_name]
    for i in named:
        if i < next_word:
            continue
        spelled, next_word = (pairs[i], i + 2) if pairs[i] in by_name else (words[i], i + 1)
        before = words[i - 1] if i else ""
        beyond = words[next_word] if next_word < len(words) else ""
        mention = _mention(spelled, by_name[spelled], before, beyond, common=spelled in gazetteer.common)
        if mention is not None:
            mentions[mention] = None
    return list(mentions)


def _mention(spelled: str, named: _Levels, before: str, after: str, *, common: bool) -> _Mention | None:
    places, villages, kecamatan = named
    if before in _NOT_A_PLACE_MARKS:
        return None
    if before in _KECAMATAN_MARKS:
        return _Mention(spelled, "kecamatan", kecamatan) if kecamatan else None
    # "Bareng kec. Sugihwaras": a kecamatan that follows marks the village before it.
    if villages and (before in _VILLAGE_MARKS or after in _KECAMATAN_MARKS):
        return _Mention(spelled, "village", villages)
    return None if common else _Mention(spelled, "any", places)


def _surest(mentions: list[_Mention]) -> list[_Mention]:
    return [m for m in mentions if m.level == "kecamatan"] or mentions


def _kecamatan_reading(mention: _Mention) -> list[GazetteerPlace]:
    """ "Dander" is the kecamatan, whose desa Dander is in it; a name that a desa elsewhere also has stays ambiguous."""
    exact = [p for p in mention.places if _joined(p.name) == mention.spelled]
    places = exact if any(p.is_kecamatan for p in exact) else mention.places
    kecamatan = [p for p in places if p.is_kecamatan]
    inside = {p.code for p in kecamatan}
    return kecamatan + [p for p in places if p.kecamatan_code not in inside]


def _narrowed(places: tuple[GazetteerPlace, ...], kecamatan: set[str], gazetteer: Gazetteer) -> list[GazetteerPlace]:
    if not kecamatan:
        return list(places)
    inside = [p for p in places if p.kecamatan_code in kecamatan]
    return inside or [*places, *(gazetteer.by_code[code] for code in sorted(kecamatan))]


def _answer(candidates: Sequence[GazetteerPlace], gazetteer: Gazetteer) -> SinglePlace | Ambiguous | NoPlace:
    match tuple(dict.fromkeys(candidates)):
        case ():
            return NoPlace()
        case (place,):
            return SinglePlace(place)
        case several:
            codes = {place.kecamatan_code for place in several}
            return Ambiguous(several, gazetteer.by_code.get(codes.pop()) if len(codes) == 1 else None)


def _joined(name: str) -> str:
    return "".join(_WORD.findall(name.lower()))


def _single(spelling: str) -> str:
    return _DOUBLED.sub(r"\1", spelling)
