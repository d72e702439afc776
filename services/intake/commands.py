"""Does what a text message asks for: file a report, tell its standing, rate it, withdraw it or add words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from contracts.events import Event, ReportAmended, ReportFeedback, ReportWithdrawn
from services.intake import contacts
from services.intake.domain import Receipt, Standing
from services.intake.masking import Reporter, mask
from services.intake.meaning import (
    Amends,
    Asks,
    Meaning,
    NeedsHelp,
    NoSuchCode,
    Rates,
    Says,
    TooLong,
    Withdraws,
    read_message,
)
from services.intake.replies import Replies
from services.intake.tables import Base

REPORT, CONTACT, STANDING = (Base.metadata.tables[name] for name in ("report", "contact", "standing"))


class Reply(NamedTuple):
    """The reply's text, and the id of the report that it is about."""

    reply: str
    report: str | None


@dataclass(frozen=True)
class MessageContext:
    """The message's sender and time, how to keep a new report, and how to publish what is said of another."""

    replies: Replies
    sender: str = field(repr=False)
    country: str
    at: datetime
    receive: Callable[[str], Receipt]
    publish: Callable[[Event], None]


def carry_out(session: Session, text: str, context: MessageContext) -> Reply:
    """Do what the message asks for. Anyone may ask by a code; only the report's reporter may change anything."""
    meaning = read_message(text, context.replies.prefix)
    match meaning:
        case Says(words):
            report = context.receive(words)
            return Reply(context.replies.say("again" if report.again else "received", report.code), report.id)
        case Asks(code):
            return _tell_standing(session, code, context)
        case Rates(code, satisfied, words):
            reply = "satisfied" if satisfied else "reopened"
            return _act(session, code, context, reply, _Feedback(satisfied, words))
        case Withdraws(code):
            return _act(session, code, context, "withdrawn", _Withdrawal())
        case Amends(code, words):
            return _act(session, code, context, "amended", _Amendment(words))
        case NeedsHelp():
            return Reply(context.replies.say("help"), None)
        case NoSuchCode(code):
            return Reply(context.replies.say("unknown_code", code), None)
        case TooLong():
            return Reply(context.replies.say("too_long"), None)


@dataclass(frozen=True)
class _Feedback:
    satisfied: bool
    words: str | None

    def event(self, report: UUID, at: datetime, reporter: Reporter) -> Event:
        words = mask(self.words, reporter) if self.words else None
        return ReportFeedback(subject=report, time=at, satisfied=self.satisfied, text=words)


@dataclass(frozen=True)
class _Withdrawal:
    def event(self, report: UUID, at: datetime, reporter: Reporter) -> Event:
        return ReportWithdrawn(subject=report, time=at)


@dataclass(frozen=True)
class _Amendment:
    words: str

    def event(self, report: UUID, at: datetime, reporter: Reporter) -> Event:
        return ReportAmended(subject=report, time=at, text=mask(self.words, reporter))


Act = _Feedback | _Withdrawal | _Amendment


def act_of(meaning: Meaning) -> Act | None:
    """What the message says about an earlier report; None if it says nothing about one."""
    match meaning:
        case Rates(_, satisfied, words):
            return _Feedback(satisfied, words)
        case Withdraws():
            return _Withdrawal()
        case Amends(_, words):
            return _Amendment(words)
        case _:
            return None


def _act(session: Session, code: str, context: MessageContext, reply: str, act: Act) -> Reply:
    joined = REPORT.join(CONTACT, CONTACT.c.report == REPORT.c.id)
    query = select(REPORT.c.id, CONTACT.c.phone, CONTACT.c.email, CONTACT.c.name).select_from(joined)
    row = session.execute(query.where(REPORT.c.code == code)).first()
    if row is None or not context.sender or row.phone != context.sender:
        return Reply(context.replies.say("unknown_code", code), None)
    reporter = contacts.reporter(row.phone, row.email, row.name, context.country)
    context.publish(act.event(UUID(row.id), context.at, reporter))
    return Reply(context.replies.say(reply, code), row.id)


def _tell_standing(session: Session, code: str, context: MessageContext) -> Reply:
    joined = REPORT.outerjoin(STANDING, STANDING.c.report == REPORT.c.id)
    columns = (REPORT.c.id, STANDING.c.status, STANDING.c.agency, STANDING.c.closure, STANDING.c.updated_at)
    row = session.execute(select(*columns).select_from(joined).where(REPORT.c.code == code)).first()
    if row is None:
        return Reply(context.replies.say("unknown_code", code), None)
    standing = Standing(row.status, row.agency, row.closure, row.updated_at) if row.status else None
    return Reply(context.replies.standing(code, standing), row.id)
