"""Reads what a text message asks for."""

import re
from dataclasses import dataclass

from services.intake.domain import CODE, TEXT_LIMIT, clean_text, may_be_code


@dataclass(frozen=True)
class Says:
    """The message is a report."""

    text: str


@dataclass(frozen=True)
class Asks:
    """CEK: where does this report stand?"""

    code: str


@dataclass(frozen=True)
class Rates:
    """PUAS or TIDAK: the reporter is satisfied with the end, or not."""

    code: str
    satisfied: bool
    text: str | None


@dataclass(frozen=True)
class Withdraws:
    """BATAL: the reporter takes the report back."""

    code: str


@dataclass(frozen=True)
class Amends:
    """TAMBAH: the reporter adds words."""

    code: str
    text: str


@dataclass(frozen=True)
class NeedsHelp:
    """Neither a report nor a command: the reply explains how to text."""


@dataclass(frozen=True)
class TooLong:
    """Longer than a report may be; the message itself is kept."""


@dataclass(frozen=True)
class NoSuchCode:
    """A command, followed by a word that cannot be a code."""

    code: str


Meaning = Says | Asks | Rates | Withdraws | Amends | NeedsHelp | TooLong | NoSuchCode

_COMMAND = re.compile(r"(cek|puas|tidak|batal|tambah)(?![^\W\d_])[\s#:.,-]*(.*)", re.IGNORECASE | re.DOTALL)
_JOINED = re.compile(r"(cek|puas|tidak|batal|tambah)(?=[0-9a-z]{8}(?![0-9a-z]))", re.IGNORECASE)


def read_message(text: str, prefix: str) -> Meaning:
    """What a text message asks for. `prefix` is the region's keyword; it may be missing, joined or marked with `#`.

    A command needs something like a code behind it: "tidak ada air" is a report. Every text gets a reply.

    >>> read_message("bjn#Jalan rusak", "BJN")
    Says(text='Jalan rusak')
    >>> read_message("BJNjalan rusak", "BJN")
    Says(text='jalan rusak')
    >>> read_message("cek k7m2-p9qa", "BJN")
    Asks(code='K7M2P9QA')
    >>> read_message("TIDAK K7M2P9QA masih bocor", "BJN")
    Rates(code='K7M2P9QA', satisfied=False, text='masih bocor')
    >>> read_message("tidak ada air di Kapas", "BJN")
    Says(text='tidak ada air di Kapas')
    """
    body = body_of(text, prefix)
    if len(body) > TEXT_LIMIT:
        return TooLong()
    command = _COMMAND.fullmatch(_JOINED.sub(r"\1 ", body, count=1) if _JOINED.match(body) else body)
    if command is None:
        return Says(body) if re.search(r"\w|[^\x00-\x7f]", body) else NeedsHelp()
    word, rest = command.group(1).upper(), command.group(2)
    code = CODE.match(rest)
    if code is None or not may_be_code(code.group(1) + code.group(2)):
        return _command_without_code(body, rest)
    return _command(word, (code.group(1) + code.group(2)).upper(), rest[code.end() :])


def body_of(text: str, prefix: str) -> str:
    """The text, cleaned, without the region's keyword."""
    return clean_text(_prefix(prefix).sub("", clean_text(text), count=1))


def has_prefix(text: str, prefix: str) -> bool:
    """Whether the text begins with the region's keyword."""
    return _prefix(prefix).match(clean_text(text)) is not None


def _prefix(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"^[\s#]*{re.escape(prefix)}[\s#:.,;-]*", re.IGNORECASE)


def _command(word: str, code: str, text: str) -> Meaning:
    match word:
        case "CEK":
            return Asks(code)
        case "BATAL":
            return Withdraws(code)
        case "TAMBAH":
            return Amends(code, text) if text else NeedsHelp()
        case _:
            return Rates(code, word == "PUAS", text or None)


def _command_without_code(body: str, rest: str) -> Meaning:
    if not rest:
        return NeedsHelp()
    mistyped = len(rest.split()) == 1 and re.search(r"\d", rest)
    return NoSuchCode(rest[:20]) if mistyped else Says(body)
