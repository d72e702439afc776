"""Tells which messages are the pieces of one long SMS, and joins their words. Pure.

A handset cuts a long text into pieces of 153 septets, 67 UTF-16 units or 134 bytes and numbers them in a header. An
operator or a modem that drops the header delivers each piece as a message of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contracts import sms
from services.intake.charset import text_of

OVERTAKEN = timedelta(seconds=2)
"""For how long after a shorter piece one that was cut off before it may still come."""

_SEPTETS = frozenset({152, 153, 159, 160})
_UNITS = frozenset({66, 67, 69, 70})
_BYTES = frozenset({133, 134, 139, 140})
"""What fills an SMS: with the header of a piece, and without. A pair that would not fit leaves the last place free;
a header with a number of 16 bits takes one septet more (3GPP TS 23.040, 9.2.3.24)."""


def fills_sms(text: str, raw: bytes, coding: str) -> bool:
    """Whether nothing more fits into the SMS. `coding` is Kannel's: 1 is 8 bit, 2 is UCS-2, else the text decides.

    >>> fills_sms("a" * 153, b"", "0"), fills_sms("a" * 154, b"", "0"), fills_sms("€" + "a" * 151, b"", "0")
    (True, False, True)
    >>> fills_sms("a" * 67, b"", "0"), fills_sms("a" * 67, b"", "2"), fills_sms("ꦗ" * 67, b"", "")
    (False, True, True)
    """
    if len(text) > max(_SEPTETS):
        return False
    if coding == "1" and len(raw) in _BYTES:
        return True
    if coding != "2" and sms.GSM7_ALL.issuperset(text):
        return sms.length(text) in _SEPTETS
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 in _UNITS


@dataclass(frozen=True)
class Piece:
    """A message that may be one piece of several. `leads`: it begins as only the first one can."""

    raw: bytes = field(repr=False)
    charset: str
    fills: bool
    leads: bool
    sent_at: datetime
    came_at: datetime


def continues(pieces: Sequence[Piece], new: Piece) -> bool:
    """Whether `new` belongs to the message that the earlier pieces, in the order in which they came, began.

    The pieces may come in another order than they were cut: the last one, which does not fill its SMS, or the second
    can be a moment before the first.
    """
    if new.leads:
        return new.fills and not any(each.leads for each in pieces) and new.came_at - pieces[0].came_at <= OVERTAKEN
    shorter = [each for each in pieces if not each.fills]
    return not shorter or (new.fills and new.came_at - shorter[0].came_at <= OVERTAKEN)


def in_order(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces as they were cut: the one that begins the message, those that fill an SMS by their time, the last."""
    return sorted(pieces, key=lambda each: (not each.leads, not each.fills, each.sent_at, each.came_at))


def joined(pieces: Sequence[Piece]) -> str:
    """The words of all pieces, with nothing between them: a piece can end within a word, and even within a character.

    >>> at = datetime(2026, 11, 24)
    >>> joined([Piece(raw, "utf-8", True, False, at, at) for raw in (b"jalan ru", b"sak")])
    'jalan rusak'
    """
    ordered = in_order(pieces)
    charset = ordered[0].charset
    if all(each.charset == charset and len(each.raw) % 2 == 0 for each in ordered):
        return text_of([each.raw for each in ordered], charset)
    return "".join(text_of([each.raw], each.charset) for each in ordered)
