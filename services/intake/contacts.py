"""Brings a country's phone numbers to one form, and finds the numbers, addresses and names in a contact's fields."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat
from phonenumbers.phonemetadata import PhoneMetadata

from contracts.events import SenderKind
from services.intake.folding import fold
from services.intake.masking import Number, Reporter

_MOST_OF_SHORT = 7
"""Digits of a short code: a telephone number with its area code has more."""
_FEWEST_DIGITS, _FEWEST_OF_A_ROW, _MOST_DIGITS = 5, 8, 15
"""Digits of a number to mask, of one at the start of a longer row, and of any with its country code (ITU-T E.164)."""
_CLUSTER = re.compile(r"\+?\(?[0-9](?:[\s().\-_]{0,4}[0-9])*")
_DIGITS = re.compile("[0-9]+")
_WORD_BEHIND = re.compile(r"\d\D*[^\W\d_]")
_OF_ADDRESS = r"""[^\s@<>()\[\],;:"'/]"""
_ADDRESS = re.compile(rf"(?<!{_OF_ADDRESS}){_OF_ADDRESS}++\s?@\s?{_OF_ADDRESS}++")
_DISPLAYED = re.compile(r"\A[^<@]++(?=<)")


class NotAPhoneNumber(ValueError):
    """No telephone could have this number."""


def e164(number: str, country: str) -> str:
    """The number with its country code, from any spelling of it in `country` (ISO 3166). Raises `NotAPhoneNumber`.

    >>> e164("0811 000-000", "ID")
    '+62811000000'
    """
    # The library reads letters behind a number as the digits on their keys.
    parsed = None if _WORD_BEHIND.search(number) else _parse(number, country)
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise NotAPhoneNumber("not a telephone number")
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def sender(number: str, country: str) -> str:
    """A message's sender in one form. Short numbers and words, which networks use as senders, stay unchanged."""
    # Kannel sends "62811…" and "+62811…" for the same handset, so the spelling with a plus is tried first.
    for spelling in (number if number.startswith(("+", "0")) else f"+{number}", number):
        try:
            return e164(spelling, country)
        except NotAPhoneNumber:
            continue
    return number


def kind_of_sender(sender: str) -> SenderKind | None:
    """What this is, in the form that `sender` gives; null if there is none.

    >>> [kind_of_sender(each) for each in ("+62811000000", "1708", "TOKOKU", "")]
    [<SenderKind.number: 'number'>, <SenderKind.short_code: 'short-code'>, <SenderKind.name: 'name'>, None]
    """
    if any(map(str.isalpha, sender)):
        return SenderKind.name
    digits = sum(map(str.isdigit, sender))
    if not digits:
        return None
    is_short = digits <= _MOST_OF_SHORT and not sender.startswith("+")
    return SenderKind.short_code if is_short else SenderKind.number


_NOBODY = Reporter()


def reporter(phone: str | None, email: str | None, name: str | None, country: str) -> Reporter:
    """The numbers, addresses and names to mask in the reporter's words. Any field may hold several, of any sort.

    >>> reporter("0811000000 / 0822000001", "Siti <siti@example.org>", None, "ID").emails
    ('siti@example.org',)
    """
    fields = [fold(value) for value in (phone, email, name) if value]
    if not fields:
        return _NOBODY
    addresses = ["".join(match.split()).rstrip(".-") for value in fields for match in _ADDRESS.findall(value)]
    numbers = [number for value in fields for number in _numbers(value, country)]
    displayed = _DISPLAYED.match(email) if email else None
    names = [_ADDRESS.sub(" ", fold(each)) for each in (name, displayed and displayed[0]) if each]
    return Reporter(tuple(dict.fromkeys(numbers)), tuple(dict.fromkeys(addresses)), tuple(names))


def _numbers(value: str, country: str) -> Iterator[Number]:
    """Every telephone number in a field, and every other row of as many digits."""
    for cluster in _CLUSTER.findall(value):
        digits = "".join(_DIGITS.findall(cluster))
        if len(digits) < _FEWEST_DIGITS:
            continue
        readings = _readings(cluster, country)
        yield from readings.valid or readings.possible or [Number(digits.lstrip("0"), "")]
        if not readings.valid:
            for piece in map(_readings, cluster.split(), repeat(country)):
                yield from piece.valid or piece.possible
            yield from _leading(digits, country)


def _leading(digits: str, country: str) -> Iterator[Number]:
    """The numbers that a longer row of digits may begin with."""
    for length in range(_FEWEST_OF_A_ROW, min(len(digits), _MOST_DIGITS)):
        for number in _readings(digits[:length], country).valid:
            if len(number.national) >= _FEWEST_OF_A_ROW:
                yield number


class _Readings(NamedTuple):
    valid: list[Number]
    possible: list[Number]


def _readings(spelling: str, country: str) -> _Readings:
    """The numbers that this may be: one of the country, or one with a country code but no plus."""
    spellings = [spelling] if spelling.startswith("+") else [spelling, f"+{spelling.lstrip('(0')}"]
    readings = _Readings([], [])
    for parsed in filter(None, (_parse(each, country) for each in spellings)):
        if phonenumbers.is_possible_number(parsed):
            numbers = readings.valid if phonenumbers.is_valid_number(parsed) else readings.possible
            numbers.append(Number(phonenumbers.national_significant_number(parsed), str(parsed.country_code)))
    return readings


# Loaded now: if the library fails to open a file later, it keeps its lock and every later call hangs.
PhoneMetadata.load_all()


@lru_cache(maxsize=1024)  # each number is parsed several times for one report
def _parse(number: str, country: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(number, country)
    except NumberParseException:
        return None
