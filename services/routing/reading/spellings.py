"""Spellings of a name: joined, with doubled letters, without vowels as in an SMS, and one letter off."""

import re
from collections.abc import Iterable, Mapping, Sequence

_LETTERS = re.compile(r"[a-z]+")
_DOUBLED = re.compile(r"([a-z])\1+")
_VOWELS = re.compile("[aeiou]+")
_ALIKE = (frozenset("aeiou"), frozenset("mn"), frozenset("td"), frozenset("kg"), frozenset("bp"), frozenset("yi"))
_FEWEST_LETTERS = 6
"""Shorter names are too much like words."""


def joined(name: str) -> str:
    """ "Kepoh Baru" as names are compared: kepohbaru."""
    return "".join(_LETTERS.findall(name.lower()))


def is_one_off(word: str, name: str) -> bool:
    """Whether one letter more or less, two exchanged, or one that sounds alike makes the word the name.

    >>> is_one_off("kalitdiu", "kalitidu"), is_one_off("kedungaden", "kedungadem"), is_one_off("sukosew", "sukosewu")
    (True, True, True)
    >>> is_one_off("pajangan", "padangan"), is_one_off("malang", "malo")
    (False, False)
    """
    if min(len(word), len(name)) < _FEWEST_LETTERS or word[0] != name[0]:
        return False
    short, long = sorted((word, name), key=len)
    at = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    if len(long) - len(short) == 1:
        return short[at:] == long[at + 1 :]
    if len(long) != len(short) or at == len(short):
        return long == short
    sound_alike = any({short[at], long[at]} <= each for each in _ALIKE)
    swapped = short[at : at + 2][::-1] + short[at + 2 :]
    return (sound_alike and short[at + 1 :] == long[at + 1 :]) or swapped == long[at:]


def by_skeleton(names: Iterable[str], fewest: int) -> dict[str, list[str]]:
    """The names by their skeletons, those of fewer consonants left out."""
    found: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        if len(consonants := skeleton(name)) >= fewest:
            found.setdefault(consonants, []).append(name)
    return found


def abbreviated(word: str, names: Mapping[str, Sequence[str]]) -> str | None:
    """The name that the word abbreviates, if it is only one of them; `names`: by their skeletons.

    >>> names = by_skeleton(["balen", "bubulan", "bareng", "baring"], 3)
    >>> abbreviated("bbln", names), abbreviated("brng", names)
    ('bubulan', None)
    """
    for consonants in (_consonants(word), skeleton(word)):
        if meant := [name for name in names.get(consonants, ()) if abbreviates(word, name)]:
            return meant[0] if len(meant) == 1 else None
    return None


def abbreviates(word: str, name: str) -> bool:
    """Whether the name without some of its vowels is the word.

    >>> abbreviates("smbrejo", "sumberrejo"), abbreviates("kanar", "kanor")
    (True, False)
    """
    if skeleton(name) not in (_consonants(word), skeleton(word)):
        return False
    return _is_within(word, single(name)) or _is_within(single(word), single(name))


def skeleton(word: str) -> str:
    """The consonants, and the first letter, where one of doubled letters is enough.

    >>> skeleton("sumberrejo"), skeleton("bubulan")
    ('smbrj', 'bbln')
    """
    return _consonants(single(word))


def single(spelling: str) -> str:
    """The word with one of each doubled letter."""
    return _DOUBLED.sub(r"\1", spelling)


def _consonants(word: str) -> str:
    return word[:1] + _VOWELS.sub("", word[1:])


def _is_within(word: str, name: str) -> bool:
    letters = iter(name)
    return all(letter in letters for letter in word)
