"""Replaces personal data in a text: NIK and KK, NIP, phone, account and customer numbers, e-mail addresses,
plates, accounts of social media.

Numbers are found however their digits are written (full-width, Javanese, raised, with spaces, dots, dashes or
invisible characters between them). A second run changes nothing, and the time grows linearly with the length.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from services.routing.reading.accounts import mask_accounts
from services.routing.reading.emails import mask_emails
from services.routing.reading.nearby import Near, near
from services.routing.reading.plates import UNSEEN, mask_plates

NIK, PHONE, ACCOUNT, CUSTOMER = "[NIK]", "[telepon]", "[rekening]", "[nomor pelanggan]"

_DIGIT = "\\d²³¹⁰⁴-⁹₀-₉①-⑨⓪"
_SOFT = f"._*·•~\\-\u2010-\u2015\u2212{UNSEEN}"
"""Characters that usually separate digits of one number."""
_HARD = r"\s/,()"
"""Characters that separate digits of one number, or two numbers."""

_LETTER_O = rf"(?:(?<![^\W_])[oO](?=[{_SOFT}]{{0,4}}[2-9])[{_SOFT}]{{0,4}})?"
"""The letter O, written for the first zero of a phone number."""

# The look-ahead skips most characters quickly, as they cannot begin a number. A row of "+" and "(" is read once, from
# its start (the look-behinds, `*+`): read again from each of its characters, a long one would take hours.
_CLUSTER = re.compile(
    rf"(?=[+(oO{_DIGIT}])(?<![+(])(?<!\+[{UNSEEN}])(?:\+[{UNSEEN}]?|\()*+"
    rf"{_LETTER_O}[{_DIGIT}](?:[{_SOFT}{_HARD}]{{0,4}}[{_DIGIT}])*"
)
_PREFIX = re.compile(rf"[+{UNSEEN}]")
_CHUNK = re.compile(rf"{_LETTER_O}[{_DIGIT}](?:[{_SOFT}]{{0,4}}[{_DIGIT}])*")
_DATE = re.compile(
    r"(?<!\d)(?<!\d[/.\-])(?:(?:0?[1-9]|[12]\d|3[01])([/.\-])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d"
    r"|(?:19|20)\d\d([/\-])(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12]\d|3[01]))(?![/.\-]?\d)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])[./\-](?:0?[1-9]|1[0-2])[./\-](?:19|20)\d\d"
_DAYS = re.compile(rf"(?<!\d)(?<!\d[/.\-])(?:{_DAY}|(?:0?[1-9]|[12]\d|3[01]))\s?[\-\u2013]\s?{_DAY}(?![/.\-]?\d)")
"""From one day to another: 25.04.2017-27.04.2017."""
_HOURS = re.compile(
    r"(?<!\d)(?<!\d[.\-])(?:[01]?\d|2[0-4])[.][0-5]\d\s?[\-\u2013]\s?(?:[01]?\d|2[0-4])[.][0-5]\d(?![.\-]?\d)"
)
# No "031.5550000", which is a telephone number.
_DECIMAL = re.compile(r"(?<![\d.])(?:0|[1-9]\d{0,2})\.\d{4,8}(?![.\-]?\d)")
_COORDINATES = re.compile(r"(?<![\d.])\d{1,2}\.\d{4,16}[,;/\s]{1,3}(?:\-\s?)?(?:9[4-9]|1[0-4]\d)\.\d{4,16}(?![.\-]?\d)")
"""A latitude and a longitude of Indonesia, with as many decimals as maps give."""
_MONEY = re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){1,6}")
_SUM = r"[1-9]\d{0,2}(?:[.,]\d{3}){1,6}(?!\d)(?:,\d{2}(?!\d))?"
_SUMS = re.compile(rf"{_SUM}(?:\s?(?:[\-\u2013]|,-)\s?(?:(?i:rp)\.?\s?)?{_SUM})?(?![.,\-]?\d)")
"""After "Rp": an amount, or from one to another."""
_WITH_COMMAS = re.compile(r"(?<![\d.,])(?!62|8)[1-9]\d{0,2}(?:,\d{3}){2,6}(?![.,]?\d)")
_RUPIAH = re.compile(r"(?i)(?:\brp|\bidr)[.,:\s]{0,3}\Z")

_MOBILE = re.compile(r"(?:0|62|0062)8[1-9]\d{7,10}")
_LANDLINE = re.compile(r"(?:0|62)[2-79][1-9]\d{6,9}")
_BARE_MOBILE = re.compile(r"8[1-9]\d{7,10}")
_BEGINS_AS_PHONE = re.compile(r"(?:0|62|0062)8[1-9]\d{7}|(?:0|62)[2-79][1-9]\d{6}")
_FEWEST_DIGITS = 6
"""Of anything that is replaced."""

_HARMLESS = (_DATE, _DAYS, _HOURS, _DECIMAL, _COORDINATES, _WITH_COMMAS)

_YEAR_OR_TIME = re.compile(r"(?:19|20)\d\d|(?:[01]\d|2[0-4])\.[0-5]\d")

_ALIKE = re.compile(r"(?<![^\W_])[\doOlI](?:[.\- ]?[\doOlI]){9,19}(?![^\W_])")
"""Digits, with letters that look like them among them."""
_ALIKE_LETTERS = str.maketrans("oOlI", "0011", ".- ")
_NIP = re.compile(
    r"(?<!\d)(?:19|20)\d\d[.\-\s]?(?:0[1-9]|1[0-2])[.\-\s]?(?:0[1-9]|[12]\d|3[01])[.\-\s]{0,3}"
    r"(?:19|20)\d\d[.\-\s]?(?:0[1-9]|1[0-2])[.\-\s]{0,3}[12][.\-\s]{0,3}\d{3}(?!\d)"
)
"""A civil servant's number: the day of birth, the month of the appointment, the sex and a serial number."""

_ANY_DIGIT = re.compile(f"[{_DIGIT}]")
_PASSES = 10
"""The text beside a replaced number may look different without it; two passes are enough for ordinary texts."""


class Offices(NamedTuple):
    """What is not personal data: the offices' own numbers, each as digits in every spelling, and addresses."""

    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    """Of social media, in small letters and without the "@"."""


NONE = Offices()


def redact(text: str, offices: Offices = NONE) -> str:
    """`text` with `[NIK]`, `[telepon]`, `[rekening]`, `[email]` and `[pelat nomor]` in place of personal data.

    >>> redact("Hub Bu Tini 0811-0000-00, motor S 1234 AB, RT 02 RW 03, biaya Rp 1.500.000")
    'Hub Bu Tini [telepon], motor [pelat nomor], RT 02 RW 03, biaya Rp 1.500.000'
    """
    for _ in range(_PASSES):
        public = _one_pass(text, offices)
        if public == text:
            break
        text = public
    return text


def _one_pass(text: str, offices: Offices) -> str:
    text = mask_accounts(mask_emails(text, offices.emails), offices.accounts)
    if _ANY_DIGIT.search(text) is None:
        return text
    text = _NIP.sub("[NIP]", text)
    text = _ALIKE.sub(_written_alike, text)
    text = _CLUSTER.sub(lambda match: _cluster(match, offices.phones), text)
    return mask_plates(text)


def _written_alike(match: re.Match[str]) -> str:
    raw = match[0]
    if raw.isascii() and not raw.isalpha() and sum(map(str.isdigit, raw)) >= 8 and any(map(str.isalpha, raw)):
        digits = raw.translate(_ALIKE_LETTERS)
        if len(digits) == 16:
            return NIK
        if _MOBILE.fullmatch(digits):
            return PHONE
    return raw


class _Chunk(NamedTuple):
    digits: str
    start: int
    end: int


def _cluster(match: re.Match[str], kept: frozenset[str]) -> str:
    cluster = match[0]
    if len(cluster) < _FEWEST_DIGITS:
        return cluster
    before = match.string[max(0, match.start() - 40) : match.start()]
    out: list[str] = []
    copied = 0
    for start, end in _numbers(cluster, before):
        out += cluster[copied:start], _number(cluster[start:end], before if start == 0 else "", kept)
        copied = end
    out.append(cluster[copied:])
    return "".join(out)


def _numbers(cluster: str, before: str) -> Iterator[tuple[int, int]]:
    """The parts of a cluster between its dates, opening hours, coordinates and amounts."""
    harmless = sorted(m.span() for kind in _HARMLESS for m in kind.finditer(cluster))
    if _RUPIAH.search(before) and (amount := _SUMS.match(cluster)):
        harmless.insert(0, amount.span())
    at = 0
    for start, end in harmless:
        if start >= at:
            yield at, start
            at = end
    yield at, len(cluster)


def _number(stretch: str, before: str, kept: frozenset[str]) -> str:
    chunks = [_Chunk(_plain(m[0]), *m.span()) for m in _CHUNK.finditer(stretch)]
    beside = near(before)
    out: list[str] = []
    copied = i = 0
    while i < len(chunks):
        window = _window(chunks, i)
        if own := _own_number(window, kept):
            i += own
            continue
        context = (before, beside) if i == 0 else ("", Near())
        for size in _sizes(window, context[1]):
            tag = _tag(window[:size], stretch, *context)
            if tag is not None:
                start, end = _with_prefix(stretch, window[0].start, window[size - 1].end)
                out += stretch[copied:start], tag
                copied, i = end, i + size
                break
        else:
            i += 1
    out.append(stretch[copied:])
    return "".join(out)


def _own_number(window: list[_Chunk], kept: frozenset[str]) -> int:
    """How many chunks from the first on are an office's own number; 0 if none are."""
    sizes = range(len(window), 0, -1) if kept else ()
    return next((size for size in sizes if "".join(chunk.digits for chunk in window[:size]) in kept), 0)


def _sizes(window: list[_Chunk], near: Near) -> Iterable[int]:
    """How many chunks from the first on may be one number, the most first."""
    digits = "".join(chunk.digits for chunk in window)
    if near != Near() or _BEGINS_AS_PHONE.match(digits):
        return range(len(window), 0, -1)
    # Only 16 digits, a NIK, need no more signs: to try all sizes at each of 10,000 digits would take a second.
    return (len(window), 1) if len(digits) == 16 and len(window) > 1 else (1,)


def _window(chunks: list[_Chunk], start: int) -> list[_Chunk]:
    """The chunks from `start` on that together have at most 16 digits; at least one."""
    end, total = start + 1, len(chunks[start].digits)
    while end < len(chunks) and total + len(chunks[end].digits) <= 16:
        total += len(chunks[end].digits)
        end += 1
    return chunks[start:end]


def _tag(chunks: list[_Chunk], stretch: str, before: str, near: Near) -> str | None:
    if len(chunks) == 1:
        return _tag_of_one(chunks[0].digits, stretch[chunks[0].start : chunks[0].end], before, near)
    digits, first = "".join(c.digits for c in chunks), chunks[0].digits
    if near.customer and 6 <= len(digits) <= 16 and all(len(c.digits) >= 3 for c in chunks):
        return CUSTOMER
    if len(digits) < _FEWEST_DIGITS or all(_YEAR_OR_TIME.fullmatch(stretch[c.start : c.end]) for c in chunks):
        return None
    if len(digits) == 16 and (_has_birthday(digits) or all(len(c.digits) == 4 for c in chunks)):
        return ACCOUNT if near.bank and not _has_birthday(digits) else NIK
    spelled = near.phone or len(first) >= 3 or first in ("62", "0062") or all(len(c.digits) == 1 for c in chunks)
    if spelled and (_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)):
        return PHONE
    if near.bank and len(digits) >= 10:
        return ACCOUNT
    if near.is_account(digits) and all(len(c.digits) >= 3 for c in chunks):
        return ACCOUNT
    return PHONE if near.phone and len(digits) <= 15 else None


def _tag_of_one(digits: str, raw: str, before: str, near: Near) -> str | None:
    n = len(digits)
    if n < _FEWEST_DIGITS:
        return None
    if near.customer:
        return CUSTOMER
    if n == 16:
        return ACCOUNT if near.bank and not _has_birthday(digits) else NIK
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return ACCOUNT if near.bank and not near.phone else PHONE
    if not near.account and _MONEY.fullmatch(raw) and (_RUPIAH.search(before) or not digits.startswith(("62", "8"))):
        return None
    if _BARE_MOBILE.fullmatch(digits) and not near.bank:
        return PHONE
    if near.phone and 6 <= n <= 15:
        return PHONE
    unbroken = n >= 9 and len(re.sub(f"[{UNSEEN}]", "", raw)) == n
    return ACCOUNT if n >= 10 or unbroken or near.is_account(digits) else None


def _with_prefix(stretch: str, start: int, end: int) -> tuple[int, int]:
    """The span with a "+" before it, and with an opening bracket before it that is closed inside."""
    while start > 0 and _PREFIX.fullmatch(stretch[start - 1]):
        start -= 1
    if start > 0 and stretch[start - 1] == "(" and ")" in stretch[start:end]:
        start -= 1
    return start, end


def _plain(raw: str) -> str:
    """The digits in ASCII, with a zero for a first letter O."""
    if raw.isascii() and raw.isdigit():
        return raw
    if raw[0] in "oO":
        return "0" + _plain(raw[1:])
    if raw.isascii():
        return re.sub(r"\D", "", raw)
    return "".join(str(unicodedata.digit(c)) for c in raw if unicodedata.digit(c, None) is not None)


def _has_birthday(digits: str) -> bool:
    """Whether digits 7 to 12 are a day (plus 40 for women), a month and a year, as in every NIK."""
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    try:
        date(2000 + year, month, day - 40 if day > 40 else day)
    except ValueError:
        # The 29th of February depends on the century.
        return (day % 40, month) == (29, 2)
    return True
