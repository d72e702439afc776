"""Does what a text message asks for: file a report, tell its standing, rate it, withdraw it or add words."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session

from contracts.events import Event, ReportAmended, ReportFeedback, ReportWithdrawn
from services.intake import found
from services.intake.domain import Receipt
from services.intake.found import Found
from services.intake.hearing import Heard
from services.intake.masking import Reporter, mask
from services.intake.meaning import (
    Amends,
    Asks,
    IsAnswered,
    LacksCode,
    Meaning,
    Mentions,
    NoSuchCode,
    Rates,
    Says,
    Withdraws,
)
from services.intake.replies import Replies
from services.intake.telling import Asked


class Reply(NamedTuple):
    """The reply's text, and the id of the report that it is about. An empty text: the sender gets no reply."""

    reply: str
    report: str | None = None


SILENCE = Reply("")


@dataclass(frozen=True)
class MessageContext:
    """The message's sender and time, how to keep a new report, and how to publish what is said of another."""

    replies: Replies
    sender: str = field(repr=False)
    country: str
    at: datetime
    now: datetime
    receive: Callable[[str], Receipt]
    publish: Callable[[Event], None]
    link: Callable[[str], str] = lambda _: ""
    """The short link of a report's own reporter, by its id."""


def carry_out(session: Session, heard: Heard, context: MessageContext) -> Reply:
    """Do what the message asks for. Anyone may ask by a code; only the report's reporter may change anything."""
    carrying, an_hour = _Carrying(session, context, heard.known), context.replies.an_hour
    reply = _answer_echo(heard, carrying) if heard.is_echo else carrying.out(heard.meaning)
    return reply._replace(reply="") if heard.talk.is_enough(heard.text, reply.reply, an_hour) else reply


def _answer_echo(heard: Heard, carrying: "_Carrying") -> Reply:
    """Our own words came back, from a machine or from a person; a command beside them is a person's."""
    if isinstance(heard.meaning, Asks | Rates | Withdraws | Amends):
        return carrying.out(heard.meaning)
    hint = carrying.context.replies.say("not_filed")
    has_words = heard.meaning not in (IsAnswered("help"), IsAnswered("thanks")) or not heard.talk.exchanges
    return Reply(hint) if has_words and not heard.talk.was_told(hint) else SILENCE


@dataclass(frozen=True)
class _Carrying:
    """One message, and those codes in it that reports have."""

    session: Session
    context: MessageContext
    known: Collection[str]

    def out(self, meaning: Meaning) -> Reply:
        say = self.context.replies.say
        match meaning:
            case Says(words):
                report = self.context.receive(words)
                name = "again" if report.again else "received"
                link = self.context.link(report.id)
                reply = self.context.replies.received(name, report.code, self.context.now, link, words)
                return Reply(reply, report.id)
            case Asks(code):
                return self._tell(code)
            case Mentions(codes, words):
                return self._add(codes, words)
            case Rates(code, satisfied, words):
                return self._act(code, _Feedback(satisfied, words))
            case Withdraws(code):
                return self._act(code, _Withdrawal())
            case Amends(code, words):
                return self._act(code, _Amendment(words)) if words else Reply(say("amend_how", code))
            case LacksCode(wish):
                return self._ask_which(wish)
            case NoSuchCode(code):
                return Reply(say("unknown_code", code))
            case IsAnswered(reply):
                return Reply(say(reply))

    def _tell(self, code: str | None) -> Reply:
        by_code = found.by_code(self.session, code) if code else found.newest_of(self.session, self.context.sender)
        if by_code is None:
            return Reply(self.context.replies.say("unknown_code" if code else "help", code or ""))
        asked = Asked(by_code.code, by_code.accepted_at, by_code.standing)
        # Anyone may ask by a code; the link is the reporter's alone.
        link = self.context.link(by_code.id) if by_code.is_from(self.context.sender) else ""
        return Reply(self.context.replies.standing(asked, self.context.now, link), by_code.id)

    def _ask_which(self, wish: str) -> Reply:
        newest = found.newest_of(self.session, self.context.sender, closed_first=wish != "withdraw")
        replies = self.context.replies
        return Reply(replies.which_code(wish, newest.code) if newest else replies.say("help"))

    def _add(self, codes: Collection[str], words: str) -> Reply:
        reports = [report for code in codes if (report := found.by_code(self.session, code))]
        own = next((report for report in reports if report.is_from(self.context.sender)), None)
        return self._act((own or reports[0]).code, _Amendment(words))

    def _act(self, code: str, act: "Act") -> Reply:
        report, replies = found.by_code(self.session, code), self.context.replies
        if report is None or not report.is_from(self.context.sender):
            return Reply(replies.say("not_yours" if report else "unknown_code", code))
        reporter = report.reporter(self.context.country)
        self.context.publish(act.event(UUID(report.id), self.context.at, reporter, self.known))
        link = self.context.link(report.id)
        if isinstance(act, _Amendment) and replies.emergencies.numbers(act.words):
            return Reply(replies.received("amended", code, self.context.now, link, act.words), report.id)
        return Reply(replies.say(act.reply(report), code, link=link), report.id)


@dataclass(frozen=True)
class _Feedback:
    satisfied: bool
    words: str | None

    def event(self, report: UUID, at: datetime, reporter: Reporter, known: Collection[str]) -> Event:
        words = mask(self.words, reporter, known) if self.words else None
        return ReportFeedback(subject=report, time=at, satisfied=self.satisfied, text=words)

    def reply(self, report: Found) -> str:
        if self.satisfied:
            return "satisfied"
        return "unsatisfied" if report.standing and report.standing.status == "closed" else "noted"


@dataclass(frozen=True)
class _Withdrawal:
    def event(self, report: UUID, at: datetime, reporter: Reporter, known: Collection[str]) -> Event:
        return ReportWithdrawn(subject=report, time=at)

    def reply(self, report: Found) -> str:
        return "withdrawn"


@dataclass(frozen=True)
class _Amendment:
    words: str

    def event(self, report: UUID, at: datetime, reporter: Reporter, known: Collection[str]) -> Event:
        return ReportAmended(subject=report, time=at, text=mask(self.words, reporter, known))

    def reply(self, report: Found) -> str:
        return "amended"


Act = _Feedback | _Withdrawal | _Amendment


def act_of(meaning: Meaning | None) -> Act | None:
    """What the message says about an earlier report; None if it says nothing about one."""
    match meaning:
        case Rates(_, satisfied, words):
            return _Feedback(satisfied, words)
        case Withdraws():
            return _Withdrawal()
        case Amends(_, str(words)) | Mentions(_, words):
            return _Amendment(words)
        case _:
            return None
