"""Takes the reporter's own numbers, names and addresses, and codes of reports, out of the words that leave intake."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import NamedTuple

from contracts.codes import CODE_MASK as CODE_MASK
from contracts.text import compose
from services.intake.codes import spellings
from services.intake.folding import Origin, fold

NUMBER_MASK = "[nomor pelapor]"
NAME_MASK = "[nama pelapor]"
EMAIL_MASK = "[surel pelapor]"

_SHORTEST_NUMBER = 5
_SHORTEST_NAME = 3
_WORDS_OF_A_NAME = 8
_TITLES = ("bapak", "ibu", "pak", "haji", "hajah", "mas", "mbak", "dan", "bin", "binti", "drs")
_NOT_NAMES = frozenset((*_TITLES, "nama", "nomor", "pelapor", "surel", "anonim"))
"""Titles, the words of the masks, and words that people write instead of a name."""

_DIGITS = re.compile("[0-9]+")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_TAG = re.compile(r"</?[a-z][a-z ]{0,30}/?>")
_WIDEST_GAP, _LONGEST_MARKUP = 12, 80
"""The most characters between two digits of one number: without HTML tags, and with them."""
_PLUS = re.compile(r"\+[\W_]{0,4}\Z")
_BETWEEN_NAMES = re.compile(r"[\W_]{0,3}")
# All possessive (`+`): an address such as ".....@x" makes many of them meet, and each would be tried with each other.
_AT = r"(?:\s{0,4}+(?:@|[(\[{]\s?+at\s?+[)\]}])\s{0,4}+|\s{1,5}+at\s{1,5}+)"
_DOT = r"\s{0,2}+\.\s{0,2}+"


class Number(NamedTuple):
    """A telephone number in ASCII digits. `national` has no leading zero; `country_code` is empty if unknown."""

    national: str
    country_code: str


@dataclass(frozen=True)
class Reporter:
    """Who sent the report: every number, address and name that any of the contact's fields holds."""

    numbers: tuple[Number, ...] = field(default=(), repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)


class _Match(NamedTuple):
    start: int
    end: int
    mask: str


def mask(text: str, reporter: Reporter, codes: Collection[str] = ()) -> str:
    """`text` with the reporter's own numbers, names and addresses masked in any spelling. Routing redacts the rest.

    `codes` are those of reports: they are between us and a reporter, and no public text has one.

    >>> mask("Saya Siti, hubungi +62 811-000.000", Reporter((Number("811000000", "62"),), (), ("Siti Aminah",)))
    'Saya [nama pelapor], hubungi [nomor pelapor]'
    """
    text = compose(text)
    folded = fold(text)
    matches = [*_emails(folded, reporter.emails), *_numbers(folded, reporter.numbers)]
    for name in reporter.names:
        matches += _names(folded, fold(name))
    if codes:
        matches += [_Match(each.start, each.end, CODE_MASK) for each in spellings(folded) if each.code in codes]
    if not matches:
        return text
    origin, out, done = Origin(text), "", 0
    for each in _merge(folded, matches):
        start, end = origin.span(each.start, each.end)
        out += text[done:start] + each.mask
        done = end
    return out + text[done:]


def _merge(folded: str, matches: Sequence[_Match]) -> list[_Match]:
    """The matches in order; those that overlap are merged, and so are neighbouring words of a name."""
    merged: list[_Match] = []
    for each in sorted(matches, key=lambda match: (match.start, -match.end)):
        last = merged[-1] if merged else None
        if last and (each.start < last.end or _is_one_name(folded, last, each)):
            merged[-1] = last._replace(end=max(last.end, each.end))
        else:
            merged.append(each)
    return merged


def _is_one_name(folded: str, last: _Match, each: _Match) -> bool:
    between = _BETWEEN_NAMES.fullmatch(folded, last.end, each.start)
    return last.mask == each.mask == NAME_MASK and between is not None


def _emails(folded: str, emails: Sequence[str]) -> Iterator[_Match]:
    for email in map(fold, emails):
        local, _, host = email.rpartition("@")
        if local.split(".")[0] in folded and host.split(".")[0] in folded:
            pattern = _AT.join(_DOT.join(map(re.escape, part.split("."))) for part in (local, host))
            yield from (_Match(*match.span(), EMAIL_MASK) for match in re.finditer(pattern, folded))


def _numbers(folded: str, numbers: Sequence[Number]) -> Iterator[_Match]:
    digits = "".join(_DIGITS.findall(folded))
    present = [each for each in numbers if len(each.national) >= _SHORTEST_NUMBER and each.national in digits]
    if not present:
        return
    digits, positions = _join_digits(folded)
    for number in present:
        at = digits.find(number.national)
        while at >= 0:
            end = at + len(number.national)
            start = _start(folded, digits, positions, at, number.country_code)
            yield _Match(start, positions[end - 1] + 1, NUMBER_MASK)
            at = digits.find(number.national, end)


def _join_digits(folded: str) -> tuple[str, list[int]]:
    """All digits, with an `x` between two that cannot be of one number; and the position of each in the text."""
    parts: list[str] = []
    positions: list[int] = []
    end = None
    for run in _DIGITS.finditer(folded):
        if end is not None and not _is_gap(folded, end, run.start()):
            parts.append("x")
            positions.append(end)
        parts.append(run[0])
        positions += range(*run.span())
        end = run.end()
    return "".join(parts), positions


def _is_gap(folded: str, start: int, end: int) -> bool:
    if end - start > _LONGEST_MARKUP:
        return False
    between = _TAG.sub("", folded[start:end])
    return len(between) <= _WIDEST_GAP and _LETTER.search(between) is None


def _start(folded: str, digits: str, positions: Sequence[int], at: int, country_code: str) -> int:
    """Where a number starts, with its zero or country code, a plus and an opening bracket before it."""
    international = (
        [f"{start}{country_code}{zero}" for start in ("00", "") for zero in ("0", "")] if country_code else []
    )
    prefix = next((each for each in (*international, "0") if digits.endswith(each, max(0, at - 8), at)), "")
    start = positions[at - len(prefix)]
    if prefix in international and (plus := _PLUS.search(folded[max(0, start - 5) : start])):
        start -= len(plus[0])
    return start - 1 if folded[start - 1 : start] == "(" else start


def _names(folded: str, name: str) -> Iterator[_Match]:
    words = _WORD.findall(name)
    distinctive = [
        word for word in words if word not in _NOT_NAMES and (len(word) >= _SHORTEST_NAME or len(words) == 1)
    ]
    if len(words) > 1 and all(word in folded for word in words):
        whole = r"[\W_]{1,12}".join(map(re.escape, words))
        matches = re.finditer(rf"(?<![^\W\d_]){whole}(?![^\W\d_])", folded)
        yield from (_Match(*match.span(), NAME_MASK) for match in matches)
    if any(word in folded for word in distinctive):
        spellings = {*distinctive, "".join(distinctive), *map("".join, permutations(distinctive[:_WORDS_OF_A_NAME], 2))}
        for word in _WORD.finditer(folded):
            if word[0] in spellings or word[0].removesuffix("nya") in spellings:
                yield _Match(*word.span(), NAME_MASK)
