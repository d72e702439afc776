"""Finds what may be a report's code in a text, in any spelling: with spaces, dots or dashes in it, or other digits."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from services.intake.domain import CODE_ALPHABET, CODE_LENGTH, may_be_code

WORD = re.compile(r"[^\W_]+")
_LETTERS = frozenset(CODE_ALPHABET.lower())
_WIDEST_GAP = 5
"""Characters between two parts of one code."""
_LONGEST_WORD = 24


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
    run: list[re.Match[str]] = []
    for word in WORD.finditer(folded):
        length = word.end() - word.start()
        if length > CODE_LENGTH:
            yield from _glued(word)
        is_part = length <= CODE_LENGTH and _LETTERS.issuperset(word[0])
        if run and not (is_part and word.start() - run[-1].end() <= _WIDEST_GAP):
            yield from _joined(run)
            run = []
        if is_part:
            run.append(word)
    yield from _joined(run)


def _joined(parts: Sequence[re.Match[str]]) -> Iterator[Spelling]:
    """The codes that begin and end with a word of this row, in which all letters may stand in a code."""
    text = "".join(part[0] for part in parts)
    ends = list(accumulate(part.end() - part.start() for part in parts))
    last_by_end = {end: n for n, end in enumerate(ends)}
    for first, start in enumerate([0, *ends[:-1]]):
        last = last_by_end.get(start + CODE_LENGTH)
        code = text[start : start + CODE_LENGTH]
        if last is not None and may_be_code(code):
            halves = last == first + 1 and all(any(map(str.isdigit, parts[n][0])) for n in (first, last))
            yield Spelling(code.upper(), parts[first].start(), parts[last].end(), last == first or halves)


def _glued(word: re.Match[str]) -> Iterator[Spelling]:
    """The codes within a longer word, as in `kodek7m2p9qa`; of a very long one, at its ends."""
    last = word.end() - CODE_LENGTH
    starts = range(word.start(), last + 1) if last - word.start() <= _LONGEST_WORD else (word.start(), last)
    for start in starts:
        code = word.string[start : start + CODE_LENGTH]
        if _LETTERS.issuperset(code) and may_be_code(code):
            yield Spelling(code.upper(), start, start + CODE_LENGTH, whole=False)
