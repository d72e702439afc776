"""Finds what may be a report's code in a text, in any spelling: with spaces, dots or dashes in it, or other digits."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.intake.domain import CODE_ALPHABET, CODE_LENGTH, may_be_code

WORD = re.compile(r"[^\W_]+")
_LETTERS = frozenset(CODE_ALPHABET.lower())
_WIDEST_GAP = 5
"""Characters between two parts of one code."""
_LONGEST_WORD = 64


class Spelling(NamedTuple):
    """A part of a folded text that may be a code."""

    code: str
    start: int
    end: int
    whole: bool
    """In one piece, or in two with a digit each. Other spellings may be words that stand there by chance."""


def spellings(folded: str) -> Iterator[Spelling]:
    """Every part of `folded` (see `folding.fold`) that may be a code, by its start; they may overlap.

    >>> [(each.code, each.whole) for each in spellings("cek k7m2-p9qa dan k7 m2.p9 qa")]
    [('K7M2P9QA', True), ('K7M2P9QA', False)]
    """
    if not any(map(str.isdigit, folded)):
        return
    words = list(WORD.finditer(folded))
    for n, word in enumerate(words):
        yield from _joined(folded, words, n)
        if word.end() - word.start() > CODE_LENGTH:
            yield from _glued(word)


def _joined(folded: str, words: Sequence[re.Match[str]], first: int) -> Iterator[Spelling]:
    """The code that starts with a word and may go on in the next ones."""
    code = ""
    for n in range(first, min(first + CODE_LENGTH, len(words))):
        part = words[n][0]
        gap = words[n].start() - words[n - 1].end() if n > first else 0
        code += part
        if gap > _WIDEST_GAP or len(code) > CODE_LENGTH or not _LETTERS.issuperset(part):
            return
        if len(code) == CODE_LENGTH:
            if may_be_code(code):
                parts = [word[0] for word in words[first : n + 1]]
                whole = len(parts) == 1 or (len(parts) == 2 and all(any(map(str.isdigit, each)) for each in parts))
                yield Spelling(code.upper(), words[first].start(), words[n].end(), whole)
            return


def _glued(word: re.Match[str]) -> Iterator[Spelling]:
    """The codes within a longer word, as in `kodek7m2p9qa`; of a very long one, at its ends."""
    last = word.end() - CODE_LENGTH
    starts = range(word.start(), last + 1) if last - word.start() <= _LONGEST_WORD else (word.start(), last)
    for start in starts:
        code = word.string[start : start + CODE_LENGTH]
        if _LETTERS.issuperset(code) and may_be_code(code):
            yield Spelling(code.upper(), start, start + CODE_LENGTH, whole=False)
