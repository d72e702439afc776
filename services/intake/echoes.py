"""Keeps a machine that answers our replies from talking with us for ever."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from string import Formatter

from sqlalchemy import select
from sqlmodel import Session

from services.intake.codes import WORD
from services.intake.domain import clean_text
from services.intake.folding import fold
from services.intake.tables import Base

MESSAGE = Base.metadata.tables["message"]

REMEMBERED = timedelta(days=1)
SAME_ANSWERS = 5
"""How often an hour the same words are answered by the same reply."""
_HOUR = timedelta(hours=1)
_BEGINNING = 40
_FEWEST_LETTERS = 30
"""Letters of a reply's own text: with fewer, a resident's words may have them by chance."""

_FEWEST_OF_A_PART = 8
"""Letters that the last part must have before the cut."""


@dataclass(frozen=True)
class Exchange:
    """One earlier message of a sender, and its reply."""

    text: str = field(repr=False)
    reply: str = field(repr=False)
    at: datetime


@dataclass(frozen=True)
class Conversation:
    """What a sender was told lately, the newest first; nothing if the sender is unknown."""

    exchanges: Sequence[Exchange]
    at: datetime

    def quotes(self, text: str) -> str | None:
        """What the text says beside the replies that it repeats; None if it repeats none."""
        letters = _letters(text)
        for told in {each.reply for each in self.exchanges if each.reply}:
            if (beginning := _letters(told)[:_BEGINNING]) and beginning in letters:
                return clean_text(text.replace(told, " ")) if told in text else ""
        return None

    def is_enough(self, text: str, reply: str, most_an_hour: int) -> bool:
        """Whether this reply is one too many, so that the sender gets none."""
        recent = [each for each in self.exchanges if each.reply and self.at - each.at < _HOUR]
        same = [each for each in recent if each.reply == reply and _letters(each.text) == _letters(text)]
        return len(recent) >= most_an_hour or len(same) >= SAME_ANSWERS

    def was_told(self, reply: str) -> bool:
        return any(each.reply == reply and self.at - each.at < _HOUR for each in self.exchanges)


def conversation(session: Session, sender: str, at: datetime, most: int) -> Conversation:
    """The last `most` replies to the sender before `at`."""
    if not sender:
        return Conversation((), at)
    lately = (
        MESSAGE.c.sender == sender,
        MESSAGE.c.received_at > at - REMEMBERED,
        MESSAGE.c.received_at <= at,
        MESSAGE.c.reply != "",
    )
    columns = (MESSAGE.c.raw, MESSAGE.c.charset, MESSAGE.c.reply, MESSAGE.c.received_at)
    query = select(*columns).where(*lately)
    rows = session.execute(query.order_by(MESSAGE.c.received_at.desc()).limit(most))
    return Conversation(
        [Exchange(bytes(row.raw).decode(row.charset, "replace"), row.reply, row.received_at) for row in rows], at
    )


def letters_of(template: str) -> tuple[str, ...]:
    """The letters of a reply, cut at its placeholders."""
    return tuple(_letters(words) for words, *_ in Formatter().parse(template))


def follows_a_template(text: str, templates: Sequence[Sequence[str]]) -> bool:
    """Whether the text has all of a reply's own letters, in their order."""
    letters = _letters(text)
    return any(_has_in_order(letters, each) for each in templates)


def _has_in_order(letters: str, parts: Sequence[str]) -> bool:
    """Whether the parts stand there one after the other, up to where the text may have been cut off."""
    at = found = 0
    for part in parts:
        start = letters.find(part, at)
        if start < 0:
            found += next((n for n in range(len(part), _FEWEST_OF_A_PART, -1) if letters.endswith(part[:n], at)), 0)
            break
        at = start + len(part)
        found += len(part)
    return found >= _FEWEST_LETTERS


def _letters(text: str) -> str:
    """Its letters and digits alone: networks change spaces and marks."""
    return "".join(WORD.findall(fold(text)))
