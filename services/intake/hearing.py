"""What a message says, to someone who knows which codes exist and what its sender was told before."""

from collections.abc import Set
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from services.intake.echoes import Conversation, conversation, follows_a_template
from services.intake.found import known_codes
from services.intake.meaning import Meaning, codes_in, read_message
from services.intake.replies import Replies
from services.intake.speech import Speech


class Understood(NamedTuple):
    """A text's meaning, and those codes in it that reports have."""

    meaning: Meaning
    known: Set[str]


class Heard(NamedTuple):
    """A message of a sender with whom we talked before."""

    text: str
    meaning: Meaning
    """If the message repeats our own words: of what it says beside them."""
    known: Set[str]
    talk: Conversation
    is_echo: bool
    """The message repeats our own words."""


def understand(session: Session, text: str, speech: Speech) -> Understood:
    known = known_codes(session, codes_in(text))
    return Understood(read_message(text, speech, known), known)


def hear(session: Session, text: str, sender: str, at: datetime, replies: Replies) -> Heard:
    talk = conversation(session, sender, at, replies.an_hour)
    beside = talk.quotes(text)
    is_echo = beside is not None or follows_a_template(text, replies.templates)
    said = (beside or "") if is_echo else text
    return Heard(text, *understand(session, said, replies.speech), talk, is_echo)
