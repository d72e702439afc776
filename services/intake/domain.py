"""Intake's rules that need no database: clean texts, codes, and the standing of a report."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from contracts.codes import CODE_ALPHABET as CODE_ALPHABET
from contracts.codes import CODE_LENGTH as CODE_LENGTH
from contracts.text import clean_text as clean_text

TEXT_LIMIT = 4000
"""Characters in one report; Open311's limit for a description."""


class Outcome(StrEnum):
    """What a report brought with the official key was here."""

    new = "new"
    changed = "changed"
    unchanged = "unchanged"


class ChangeFault(NamedTuple):
    """A member of a report brought again that cannot change, as a JSON pointer, and why."""

    pointer: str
    reason: str


class Receipt(NamedTuple):
    """A report's id, and the code that its reporter may text back."""

    id: str
    code: str
    differs: bool = False
    """True: the source's id came before with other words. Those stand; the new words were not kept."""
    outcome: Outcome | None = None
    """Null: filed without the official key, or refused."""
    faults: tuple[ChangeFault, ...] = ()
    """Why nothing was taken of a report that was brought again; empty if it was taken."""
    again: bool = False
    """True: the reporter sent the same words some minutes ago, and this is the report of then."""


@dataclass(frozen=True)
class TextMessage:
    """One message as a channel delivered it. `raw` holds the undecoded bytes of its text.

    `fills_sms`: whether nothing more fitted into it, so that the next message may go on where it ends. None: this
    provider delivers long messages whole.
    """

    source: str
    source_id: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    raw: bytes = field(repr=False)
    charset: str
    sent_at: datetime | None
    fills_sms: bool | None = None

    def with_unique_id(self) -> "TextMessage":
        """The same message, whose id also has a hash of its sender and text: the provider's id alone is not unique."""
        content = sha256(b"\0".join((self.sender.encode(), self.raw))).hexdigest()
        return replace(self, source_id=f"{self.source_id[:120]}~{content[:32]}")


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
CODE = re.compile(
    rf"([{CODE_ALPHABET}]{{4}})[ -]?([{CODE_ALPHABET}]{{4}})(?![^\W_])[\s#:.,-]*", re.ASCII | re.IGNORECASE
)
"""A code at the start of a text, as people type it, and the punctuation behind it."""


def may_be_code(word: str) -> bool:
    """Whether `word` has the form of a code, which no word of a language has."""
    return len(word) == CODE_LENGTH and not word.isalpha()


def make_code(below: Callable[[int], int]) -> str:
    """A new code; `below(n)` is a random number under n. A code has a digit, so that no word is taken for one.

    >>> make_code(lambda limit: 31)
    '22222233'
    """
    while True:
        number, code = below(len(CODE_ALPHABET) ** CODE_LENGTH), ""
        for _ in range(CODE_LENGTH):
            number, digit = divmod(number, len(CODE_ALPHABET))
            code = CODE_ALPHABET[digit] + code
        if may_be_code(code):
            return code


class Token(NamedTuple):
    """A token as a report's id and as its code; empty where the token cannot be one."""

    id: str
    code: str


def parse_token(token: str) -> Token:
    """The id and the code that a token may be.

    >>> parse_token("k7m2p9qa").code
    'K7M2P9QA'
    """
    code = CODE.fullmatch(token)
    id = token.lower() if _ID.fullmatch(token) else ""
    return Token(id, (code.group(1) + code.group(2)).upper() if code else "")


def arrived_at(sent_at: datetime | None, now: datetime) -> datetime:
    """When a message was sent, if the provider's time is credible (at most 30 days old, not in future), else now."""
    return sent_at if sent_at is not None and now - timedelta(days=30) <= sent_at <= now else now


@dataclass(frozen=True)
class Standing:
    """Where a report stands, as far as its reporter is told."""

    status: str
    agency: str | None
    closure: str | None
    updated_at: datetime
    due_at: datetime | None = None
    """Until when the agency answers, or, once it has, when silence closes the report; null where it was not told."""
    escalated_at: datetime | None = None
    hidden_at: datetime | None = None
    reason: str | None = None
    """Why it was rejected."""
    merged_at: datetime | None = None
    """When it was merged into another report, of which the rest tells since."""
    duplicate_of: str | None = None
    """That report, if the public may know."""

    def is_late(self, now: datetime) -> bool:
        """Whether an agency has it, and its time to answer is over."""
        overdue = self.escalated_at is not None or (self.due_at is not None and now > self.due_at)
        return overdue and self.status in ("disposed", "in_progress", "reopened")


@dataclass(frozen=True)
class StandingChange:
    """What one event of a case changes in the standing. Without a status, that and all that is not named stays."""

    status: str | None
    agency: str | None
    closure: str | None
    at: datetime
    due_at: datetime | None = None
    escalated_at: datetime | None = None
    hidden_at: datetime | None = None
    reason: str | None = None
    merged_at: datetime | None = None
    duplicate_of: str | None = None
    split: bool = False
    """It is merged no more."""
    answered: bool = False
    """An answer has other words now: of a report that is answered and not closed, its days of silence begin anew."""


def follow(standing: Standing | None, changes: Sequence[StandingChange]) -> Standing:
    """The standing after `changes`, in their order."""
    now = standing or Standing("received", None, None, changes[0].at)
    for change in changes:
        now = _after(now, change)
    return now


def _agency(now: Standing, change: StandingChange) -> str | None:
    """Who has it: an agency may have given it back, and of a merged report the other one's may not be told."""
    if change.status == "verified" or (now.merged_at is not None and not change.split):
        return change.agency
    return change.agency or now.agency


def _after(now: Standing, change: StandingChange) -> Standing:
    hidden_at = change.hidden_at or now.hidden_at
    merged_at = None if change.split else change.merged_at or now.merged_at
    duplicate_of = None if change.split else change.duplicate_of or now.duplicate_of
    if change.status is None:
        escalated_at, due_at = change.escalated_at or now.escalated_at, change.due_at or now.due_at
        at = change.at if change.answered and now.status == "responded" else now.updated_at
        now = replace(now, hidden_at=hidden_at, merged_at=merged_at, duplicate_of=duplicate_of)
        if change.merged_at is not None:
            escalated_at, due_at = None, None  # the other report has times of its own, which are told next
        return replace(now, updated_at=at, due_at=due_at, escalated_at=escalated_at)
    stays = change.status == "in_progress"  # whoever takes a report up has no other deadline
    return Standing(
        change.status,
        _agency(now, change),
        change.closure,
        change.at,
        due_at=change.due_at or now.due_at if stays else change.due_at,
        escalated_at=now.escalated_at if stays else None,
        hidden_at=hidden_at,
        reason=change.reason,
        merged_at=merged_at,
        duplicate_of=duplicate_of,
    )
