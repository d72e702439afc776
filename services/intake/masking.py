"""Takes the reporter's own number, name and e-mail address out of the words that leave intake."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

NUMBER_MASK = "[nomor pelapor]"
NAME_MASK = "[nama pelapor]"
EMAIL_MASK = "[surel pelapor]"

_SHORTEST_NUMBER = 5
_SHORTEST_NAME = 3
_TITLES = ("bapak", "ibu", "pak", "haji", "hajah", "mas", "mbak", "dan", "bin", "binti", "drs")
_NOT_NAMES = frozenset((*_TITLES, "nama", "nomor", "pelapor", "surel", "anonim"))
"""Titles, the words of the masks themselves, and what people write instead of a name."""
_ZEROS = (0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xA9D0, 0xFF10)
"""Digit zero in ASCII, Arabic-Indic (two), Devanagari, Bengali, Javanese, and full width."""

_TO_ASCII = {zero + n: str(n) for zero in _ZEROS for n in range(10)}
_DIGITS = [f"[{''.join(chr(zero + n) for zero in _ZEROS)}]" for n in range(10)]
_GAP = r"[\W_]{0,4}"


@dataclass(frozen=True)
class Reporter:
    """Who sent the report. `number` is digits only, with no country code and no leading zero."""

    number: str | None = field(default=None, repr=False)
    country_code: str = field(default="", repr=False)
    email: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)


def mask(text: str, reporter: Reporter) -> str:
    """`text` without the reporter in it, however the number is spelt; other people's are routing's to judge.

    >>> mask("Saya Siti, hubungi +62 811-000.000", Reporter("811000000", "62", None, "Siti Aminah"))
    'Saya [nama pelapor], hubungi [nomor pelapor]'
    """
    text = unicodedata.normalize("NFC", text)
    if reporter.email and reporter.email.casefold() in text.casefold():
        text = re.sub(re.escape(reporter.email), EMAIL_MASK, text, flags=re.IGNORECASE)
    if reporter.number:
        text = _mask_number(text, reporter.number, reporter.country_code)
    if reporter.name:
        text = _mask_name(text, unicodedata.normalize("NFC", reporter.name))
    return text


def _mask_number(text: str, number: str, country_code: str) -> str:
    # Building the pattern costs more than all else here, and hardly any text needs it.
    if len(number) < _SHORTEST_NUMBER or number not in _only_digits(text):
        return text
    zero = rf"{_DIGITS[0]}{_GAP}"
    abroad = rf"(?:[+]{_GAP}|{_spelt('00')}{_GAP})?{_spelt(country_code)}{_GAP}(?:{zero})?|" if country_code else ""
    return re.sub(rf"\(?(?:{abroad}{zero})?{_spelt(number)}", NUMBER_MASK, text)


def _only_digits(text: str) -> str:
    return re.sub(r"\D", "", text if text.isascii() else text.translate(_TO_ASCII))


def _spelt(digits: str) -> str:
    return _GAP.join(_DIGITS[int(digit)] for digit in digits)


def _mask_name(text: str, name: str) -> str:
    words = re.findall(r"[^\W\d_]+", name)
    folded = text.casefold()
    telling = [word for word in words if word.casefold() in folded and _tells(word)]
    if len(words) == 1 and words[0].casefold() in folded and words[0].casefold() not in _NOT_NAMES:
        telling = words
    if len(words) > 1:
        text = _sub_words(text, [r"[\W_]+".join(map(re.escape, words))])
    return _sub_words(text, list(map(re.escape, telling))) if telling else text


def _tells(word: str) -> bool:
    return len(word) >= _SHORTEST_NAME and word.casefold() not in _NOT_NAMES


def _sub_words(text: str, patterns: Sequence[str]) -> str:
    one = "|".join(sorted(patterns, key=len, reverse=True))
    run = rf"(?:{one})(?:[\W_]{{1,3}}(?:{one}))*"
    return re.sub(rf"(?<![^\W_]){run}(?![^\W_])", NAME_MASK, text, flags=re.IGNORECASE)
