"""What intake decides: what a text message asks for, what a clean text is, and where a report stands."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0/O, 1/I/L, or U/V to mix up; what a person reads off one handset and types into another."""

CODE_LENGTH = 8
TEXT_LIMIT = 4000
"""Characters in one report; Open311's limit for a description."""


class Receipt(NamedTuple):
    """A report's id, and the code that its reporter may text back."""

    id: str
    code: str
    differs: bool = False
    """Its source's id was known already, with other words: those stand, and these were not kept."""


@dataclass(frozen=True)
class TextMessage:
    """One message as a channel delivered it. `raw` is its text as the bytes that came."""

    source: str
    source_id: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    raw: bytes = field(repr=False)
    charset: str
    sent_at: datetime | None

    def told_apart(self) -> "TextMessage":
        """The same, under an id that no other message has: its provider's, and what came from whom."""
        content = sha256(b"\0".join((self.sender.encode(), self.raw))).hexdigest()
        return replace(self, source_id=f"{self.source_id[:120]}~{content[:32]}")


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
CODE = re.compile(
    rf"([{CODE_ALPHABET}]{{4}})[ -]?([{CODE_ALPHABET}]{{4}})(?![^\W_])[\s#:.,-]*", re.ASCII | re.IGNORECASE
)
"""A code at the start of some text, as people type it, and the marks behind it."""


def may_be_code(word: str) -> bool:
    """Whether `word` has the form of a code, which no word of a language has."""
    return len(word) == CODE_LENGTH and not word.isalpha()


def make_code(below: Callable[[int], int]) -> str:
    """A new code; `below` picks a number at random. It has a digit, so that no word is ever taken for a code.

    >>> make_code(lambda limit: 31)
    '22222233'
    """
    while True:
        number, code = below(len(CODE_ALPHABET) ** CODE_LENGTH), ""
        for _ in range(CODE_LENGTH):
            number, place = divmod(number, len(CODE_ALPHABET))
            code = CODE_ALPHABET[place] + code
        if may_be_code(code):
            return code


class Token(NamedTuple):
    """What a token may be: a report's id, or its code. Empty where it cannot be."""

    id: str
    code: str


def find_token(token: str) -> Token:
    """The id and the code to look for.

    >>> find_token("k7m2p9qa").code
    'K7M2P9QA'
    """
    code = CODE.fullmatch(token)
    id = token.lower() if _ID.fullmatch(token) else ""
    return Token(id, (code.group(1) + code.group(2)).upper() if code else "")


_KEPT = "\n\t"
_UNWANTED = {c: None for c in (*range(0x20), *range(0x7F, 0xA0)) if chr(c) not in _KEPT}


def clean_text(text: str) -> str:
    r"""One form of the same words: composed, newlines as \n, no control characters, no space around.

    >>> clean_text(" jalan\r\nrusak\x00 ")
    'jalan\nrusak'
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    whole = text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNWANTED)
    return unicodedata.normalize("NFC", whole).strip()


def arrived_at(said: datetime | None, now: datetime) -> datetime:
    """When a message was sent, by its provider's clock if that is believable: not the future, at most 30 days ago."""
    return said if said is not None and now - timedelta(days=30) <= said <= now else now


@dataclass(frozen=True)
class Standing:
    """Where a report stands, as its reporter may hear it."""

    status: str
    agency: str | None
    closure: str | None
    updated_at: datetime


@dataclass(frozen=True)
class StandingChange:
    """One event of a case, as far as a reporter is concerned."""

    status: str
    agency: str | None
    closure: str | None
    at: datetime


def follow(standing: Standing | None, moves: Sequence[StandingChange]) -> Standing:
    """Where the report stands after `moves`, in their order."""
    now = standing or Standing("received", None, None, moves[0].at)
    for move in moves:
        now = Standing(move.status, move.agency or now.agency, move.closure, move.at)
    return now
