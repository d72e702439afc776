"""Reduces the usual forms of an Indonesian word to one stem, so that a short list of words matches many messages."""

import re

_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_PREFIXES = re.compile(r"^(?:meng|meny|mem|men|me|peng|peny|pem|pen|per|pe|ber|be|ter|di|ke|se|nge|ng|ny)(?=[a-z]{4})")
_SUFFIXES = re.compile(r"(?<=[a-z]{4})(?:nya|ne|kan|an|lah|kah|ku|mu|in|i|e)$")


def stem(word: str) -> str:
    """The word without one common prefix, one common suffix, and letters repeated three times or more.

    >>> [stem(word) for word in ("berlubang", "dilubangi", "lubangnya")]
    ['lubang', 'lubang', 'lubang']
    """
    return _SUFFIXES.sub("", _PREFIXES.sub("", _DRAWN_OUT.sub(r"\1", word)))
