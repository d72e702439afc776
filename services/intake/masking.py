"""Takes the reporter's own numbers, names and e-mail addresses out of the words that leave intake."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import NamedTuple

from services.intake.folding import Origin, fold

NUMBER_MASK = "[nomor pelapor]"
NAME_MASK = "[nama pelapor]"
EMAIL_MASK = "[surel pelapor]"

_SHORTEST_NUMBER = 5
_SHORTEST_NAME = 3
_WORDS_OF_A_NAME = 8
_TITLES = ("bapak", "ibu", "pak", "haji", "hajah", "mas", "mbak", "dan", "bin", "binti", "drs")
_NOT_NAMES = frozenset((*_TITLES, "nama", "nomor", "pelapor", "surel", "anonim"))
"""Titles, the words of the masks themselves, and what people write instead of a name."""

_DIGITS = re.compile("[0-9]+")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_TAG = re.compile(r"</?[a-z][a-z ]{0,30}/?>")
_WIDEST_GAP, _LONGEST_MARKUP = 12, 80
"""Characters between two digits of one number; with HTML tags among them."""
_ABROAD = re.compile(r"\+[\W_]{0,4}\Z")
_BETWEEN_NAMES = re.compile(r"[\W_]{0,3}")
_AT = r"\s{0,4}(?:@|[(\[{]\s?at\s?[)\]}]|\sat\s)\s{0,4}"


class Number(NamedTuple):
    """A telephone number in ASCII digits, with no country code and no leading zero; the code is empty if unknown."""

    national: str
    country_code: str


@dataclass(frozen=True)
class Reporter:
    """Who sent the report: every number, address and name that any of the contact's fields holds."""

    numbers: tuple[Number, ...] = field(default=(), repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)


class _Found(NamedTuple):
    start: int
    end: int
    mask: str


def mask(text: str, reporter: Reporter) -> str:
    """`text` without the reporter in it, however that is spelt; other people are routing's to judge.

    >>> mask("Saya Siti, hubungi +62 811-000.000", Reporter((Number("811000000", "62"),), (), ("Siti Aminah",)))
    'Saya [nama pelapor], hubungi [nomor pelapor]'
    """
    text = unicodedata.normalize("NFC", text)
    folded = fold(text)
    found = [*_emails(folded, reporter.emails), *_numbers(folded, reporter.numbers)]
    for name in reporter.names:
        found += _names(folded, fold(name))
    if not found:
        return text
    origin, out, done = Origin(text), "", 0
    for each in _apart(folded, found):
        start, end = origin.span(each.start, each.end)
        out += text[done:start] + each.mask
        done = end
    return out + text[done:]


def _apart(folded: str, found: Sequence[_Found]) -> list[_Found]:
    """In order: what overlaps is one, and so are the words of a name."""
    apart: list[_Found] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        last = apart[-1] if apart else None
        if last and (each.start < last.end or _is_one_name(folded, last, each)):
            apart[-1] = last._replace(end=max(last.end, each.end))
        else:
            apart.append(each)
    return apart


def _is_one_name(folded: str, last: _Found, each: _Found) -> bool:
    between = _BETWEEN_NAMES.fullmatch(folded, last.end, each.start)
    return last.mask == each.mask == NAME_MASK and between is not None


def _emails(folded: str, emails: Sequence[str]) -> Iterator[_Found]:
    for email in map(fold, emails):
        local, _, host = email.rpartition("@")
        if local.split(".")[0] in folded and host.split(".")[0] in folded:
            spelt = _AT.join(r"\s{0,2}\.\s{0,2}".join(map(re.escape, part.split("."))) for part in (local, host))
            yield from (_Found(*match.span(), EMAIL_MASK) for match in re.finditer(spelt, folded))


def _numbers(folded: str, numbers: Sequence[Number]) -> Iterator[_Found]:
    digits = "".join(_DIGITS.findall(folded))
    there = [one for one in numbers if len(one.national) >= _SHORTEST_NUMBER and one.national in digits]
    if not there:
        return
    digits, places = _joined(folded)
    for number in there:
        at = digits.find(number.national)
        while at >= 0:
            end = at + len(number.national)
            yield _Found(_beginning(folded, digits, places, at, number.country_code), places[end - 1] + 1, NUMBER_MASK)
            at = digits.find(number.national, end)


def _joined(folded: str) -> tuple[str, list[int]]:
    """All digits, with an `x` between those that cannot be of one number; and where each of them stands."""
    parts: list[str] = []
    places: list[int] = []
    end = None
    for run in _DIGITS.finditer(folded):
        if end is not None and not _is_gap(folded, end, run.start()):
            parts.append("x")
            places.append(end)
        parts.append(run[0])
        places += range(*run.span())
        end = run.end()
    return "".join(parts), places


def _is_gap(folded: str, start: int, end: int) -> bool:
    if end - start > _LONGEST_MARKUP:
        return False
    between = _TAG.sub("", folded[start:end])
    return len(between) <= _WIDEST_GAP and _LETTER.search(between) is None


def _beginning(folded: str, digits: str, places: Sequence[int], at: int, country_code: str) -> int:
    """Where a number begins with its zero or country code, the plus before that, and the bracket."""
    abroad = [f"{start}{country_code}{zero}" for start in ("00", "") for zero in ("0", "")] if country_code else []
    before = next((prefix for prefix in (*abroad, "0") if digits.endswith(prefix, max(0, at - 8), at)), "")
    start = places[at - len(before)]
    if before in abroad and (plus := _ABROAD.search(folded[max(0, start - 5) : start])):
        start -= len(plus[0])
    return start - 1 if folded[start - 1 : start] == "(" else start


def _names(folded: str, name: str) -> Iterator[_Found]:
    words = _WORD.findall(name)
    telling = [word for word in words if word not in _NOT_NAMES and (len(word) >= _SHORTEST_NAME or len(words) == 1)]
    if len(words) > 1 and all(word in folded for word in words):
        whole = r"[\W_]{1,12}".join(map(re.escape, words))
        matches = re.finditer(rf"(?<![^\W\d_]){whole}(?![^\W\d_])", folded)
        yield from (_Found(*match.span(), NAME_MASK) for match in matches)
    if any(word in folded for word in telling):
        spelt = {*telling, "".join(telling), *map("".join, permutations(telling[:_WORDS_OF_A_NAME], 2))}
        for word in _WORD.finditer(folded):
            if word[0] in spelt or word[0].removesuffix("nya") in spelt:
                yield _Found(*word.span(), NAME_MASK)
