"""Reduces the usual forms of an Indonesian word to one stem, so that a short list of words matches many messages."""

import re
from functools import lru_cache

_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_PREFIXES = re.compile(r"^(?:meng|meny|mem|men|me|peng|peny|pem|pen|per|pe|ber|be|ter|di|ke|se|nge|ng|ny)(?=[a-z]{4})")
_SUFFIXES = re.compile(r"(?<=[a-z]{4})(?:nya|ne|kan|an|lah|kah|ku|mu|in|i|e)$")


_LONGEST_KEPT = 32
"""Letters of a word that is kept with its stem: a caller may send words of any length, and thousands of them."""


def stem(word: str) -> str:
    """The word without one common prefix, one common suffix, and letters repeated three times or more.

    >>> [stem(word) for word in ("berlubang", "dilubangi", "lubangnya")]
    ['lubang', 'lubang', 'lubang']
    """
    return _kept(word) if len(word) <= _LONGEST_KEPT else _stem(word)


def _stem(word: str) -> str:
    return _SUFFIXES.sub("", _PREFIXES.sub("", _DRAWN_OUT.sub(r"\1", word)))


_kept = lru_cache(maxsize=32768)(_stem)
