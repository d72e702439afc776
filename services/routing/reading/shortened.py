"""Reads words that were written without their vowels, as in an SMS: "lstrk" is "listrik"."""

import re
from collections import Counter
from collections.abc import Collection, Mapping

_VOWELS = re.compile("[aeiou]+")
_FEWEST = 4
"""The consonants that a word must have: with three "mbk" would be *mabuk* (drunk), and is *mbak* (madam)."""


def by_consonants(words: Collection[str]) -> dict[str, str]:
    """The words by their consonants; without those that share theirs with another."""
    bare = {word: _VOWELS.sub("", word) for word in words if word.isalpha()}
    often = Counter(bare.values())
    return {left: word for word, left in bare.items() if len(left) >= _FEWEST and often[left] == 1 and left != word}


def written_out(word: str, words: Mapping[str, str]) -> str | None:
    """The one of `words` that this is without its vowels, or all but one of them.

    >>> known = by_consonants({"listrik", "mabuk"})
    >>> [written_out(word, known) for word in ("lstrk", "listrk", "listrik", "mbk")]
    ['listrik', 'listrik', None, None]
    """
    left = _VOWELS.sub("", word)
    usual = words.get(left)
    if usual is None or len(word) >= len(usual):
        return None
    return usual if len(word) - len(left) <= 1 else None
