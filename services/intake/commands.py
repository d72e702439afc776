"""What a text message asks intake to do: report, ask, rate, withdraw or add."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from contracts.events import Event, ReportAmended, ReportFeedback, ReportWithdrawn
from kit import outbox
from services.intake import contacts
from services.intake.domain import Receipt, Standing
from services.intake.masking import Reporter, mask
from services.intake.meaning import Amends, Asks, NeedsHelp, NoSuchCode, Rates, Says, TooLong, Withdraws, read_message
from services.intake.replies import Replies
from services.intake.tables import Base

REPORT, CONTACT, STANDING = (Base.metadata.tables[name] for name in ("report", "contact", "standing"))


class Reply(NamedTuple):
    """What the handset reads, and the report that it is about."""

    reply: str
    report: str | None


@dataclass(frozen=True)
class MessageContext:
    """Who is asking, when, and how a new report is received."""

    replies: Replies
    sender: str = field(repr=False)
    country: str
    at: datetime
    receive: Callable[[str], Receipt]


def obey(session: Session, text: str, context: MessageContext) -> Reply:
    """Do what the message asks for. Anyone with a code may ask; only its reporter may do more with it."""
    meaning = read_message(text, context.replies.prefix)
    match meaning:
        case Says(words):
            report = context.receive(words)
            return Reply(context.replies.say("received", report.code), report.id)
        case Asks(code):
            return _where(session, code, context)
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


def _act(
    session: Session, code: str, context: MessageContext, reply: str, act: _Feedback | _Withdrawal | _Amendment
) -> Reply:
    joined = REPORT.join(CONTACT, CONTACT.c.report == REPORT.c.id)
    theirs = select(REPORT.c.id, CONTACT.c.phone, CONTACT.c.email, CONTACT.c.name).select_from(joined)
    found = session.execute(theirs.where(REPORT.c.code == code)).first()
    if found is None or not context.sender or found.phone != context.sender:
        return Reply(context.replies.say("unknown_code", code), None)
    reporter = contacts.reporter(found.phone, found.email, found.name, context.country)
    outbox.publish(session, act.event(UUID(found.id), context.at, reporter))
    return Reply(context.replies.say(reply, code), found.id)


def _where(session: Session, code: str, context: MessageContext) -> Reply:
    joined = REPORT.outerjoin(STANDING, STANDING.c.report == REPORT.c.id)
    columns = (REPORT.c.id, STANDING.c.status, STANDING.c.agency, STANDING.c.closure, STANDING.c.updated_at)
    found = session.execute(select(*columns).select_from(joined).where(REPORT.c.code == code)).first()
    if found is None:
        return Reply(context.replies.say("unknown_code", code), None)
    standing = Standing(found.status, found.agency, found.closure, found.updated_at) if found.status else None
    return Reply(context.replies.standing(code, standing), found.id)
