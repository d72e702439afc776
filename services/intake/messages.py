"""Keeps each text message with its reply, and does what it asks for, within one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import select, update
from sqlmodel import Session

from contracts.events import Channel, Event, ReportAmended
from contracts.ids import new_id
from kit.rows import insert_missing
from services.intake import commands, contacts, joining, repeats, steps
from services.intake.commands import MessageContext, Reply
from services.intake.domain import Receipt, TextMessage, arrived_at, clean_text
from services.intake.handlers import MESSAGE, REPORT, Draft, receive_reports
from services.intake.hearing import Heard, hear
from services.intake.meaning import Amends, Asks, Rates, Withdraws, body_of, has_prefix
from services.intake.pieces import Piece, joined
from services.intake.replies import Replies
from services.intake.tokens import Tokens


@dataclass(frozen=True)
class MessageRules:
    """What is the same for every message. `window`: how long a long SMS waits for its next piece; zero: never."""

    replies: Replies
    country: str
    window: timedelta
    tokens: Tokens | None = None
    """With which replies have a link; None where the region gives no address for it."""


def receive_message(
    session: Session, message: TextMessage, channel: Channel, now: datetime, rules: MessageRules
) -> str:
    """Keep the message, do what it asks for, and return the reply. A repeated delivery gets the same reply."""
    at = arrived_at(message.sent_at, now)
    sender = contacts.sender(message.sender, rules.country)
    row: Mapping[str, object] = {
        "id": str(new_id()),
        "source": message.source,
        "source_id": message.source_id,
        "sender": sender,
        "raw": message.raw,
        "charset": message.charset,
        "received_at": at,
    }
    if not insert_missing(session, MESSAGE, [row], "id"):
        same = (MESSAGE.c.source == message.source, MESSAGE.c.source_id == message.source_id)
        earlier = session.execute(select(MESSAGE.c.sender, MESSAGE.c.raw, MESSAGE.c.reply).where(*same)).one()
        if (earlier.sender, bytes(earlier.raw)) == (sender, message.raw):
            return str(earlier.reply)
        # The provider gave this id to another message before: this one is kept too, under an id of its own.
        return receive_message(session, message.with_unique_id(), channel, now, rules)
    if sender:
        # Two pieces of a message, or the same words twice, can arrive at two processes at the same time.
        joining.alone(session, sender)
    answer = _Arrival(session, message, channel, rules, str(row["id"]), sender, at, now).answer()
    session.execute(update(MESSAGE).where(MESSAGE.c.id == row["id"]).values(reply=answer.reply, report=answer.report))
    return answer.reply


@dataclass(frozen=True)
class _Arrival:
    """One message that is new."""

    session: Session
    message: TextMessage
    channel: Channel
    rules: MessageRules
    id: str
    sender: str
    at: datetime
    now: datetime

    @cached_property
    def heard(self) -> Heard:
        return hear(self.session, self.message.text, self.sender, self.at, self.rules.replies)

    def answer(self) -> Reply:
        replies, text = self.rules.replies, self.message.text
        if self._can_have_pieces() and clean_text(text) and (answer := self._continue()) is not None:
            return answer
        country = self.rules.country
        context = MessageContext(
            replies, self.sender, country, self.at, self.now, self._file, self._publish, self._link
        )
        answer = commands.carry_out(self.session, self.heard, context)
        piece = self._piece()
        can_go_on = self._can_have_pieces() and piece.fills and not self.heard.is_echo
        if can_go_on and not joining.is_waiting(self.session, answer.report or ""):
            # It filed nothing and added nothing, and the rest of it is no report either.
            joining.wait_for_more(self.session, self.id, self.sender, piece, self.id, self.rules.window, files=False)
        return answer

    def _can_have_pieces(self) -> bool:
        return bool(self.sender and self.rules.window) and self.message.fills_sms is not None

    def _continue(self) -> Reply | None:
        """The reply, if this message is a further piece of an earlier one."""
        replies, speech = self.rules.replies, self.rules.replies.speech
        if self.heard.is_echo or isinstance(self.heard.meaning, Asks | Rates | Withdraws | Amends):
            return None
        piece = self._piece()
        begun = joining.find(self.session, self.sender, piece, speech)
        if begun is None:
            return None
        code = self.session.execute(select(REPORT.c.code).where(REPORT.c.id == begun.report)).scalar()
        if code is not None and self._is_repeated(begun.report, body_of(self.message.text, speech.prefix)):
            return Reply(replies.received("again", code, self.now, text=self.message.text), begun.report)
        joining.add(self.session, self.id, self.sender, piece, begun, speech, self.rules.window)
        if code is not None:
            words = joined([*begun.pieces, piece])
            return Reply(replies.received("joined", code, self.now, text=words), begun.report)
        first = select(MESSAGE.c.reply, MESSAGE.c.report).where(MESSAGE.c.id == begun.report)
        return Reply(*self.session.execute(first).one())

    def _link(self, report: str) -> str:
        tokens = self.rules.tokens
        if tokens is None:
            return ""
        tokens.note(self.session, [report])
        return tokens.url(report)

    def _file(self, words: str) -> Receipt:
        """A new report, unless its reporter sent the same words some minutes ago."""
        piece = self._piece()
        waits = self._can_have_pieces() and (piece.fills or not piece.leads)
        source, phone = self.message.source, self.sender or None
        digest = repeats.digest_of(self.sender, words) if self.sender else None
        if digest and (known := repeats.again(self.session, digest, source, self.at)):
            if waits and piece.fills and not joining.is_waiting(self.session, known.id):
                # The rest may have other words this time; they become an addition to the report.
                joining.wait_for_more(
                    self.session, self.id, self.sender, piece, known.id, self.rules.window, files=False
                )
            return known
        key = (source, self.message.source_id)
        sent_by = contacts.kind_of_sender(self.sender)
        draft = Draft(
            words, self.channel, self.at, source=key, phone=phone, sender_kind=sent_by, digest=digest, waits=waits
        )
        report = receive_reports(self.session, [draft], self.rules.country, self.now)[0]
        if waits:
            joining.wait_for_more(self.session, self.id, self.sender, piece, report.id, self.rules.window, files=True)
        return report

    def _publish(self, event: Event) -> None:
        """Publish what was said about an earlier report, after all that was said about it before."""
        rules, piece = self.rules, self._piece()
        if isinstance(event, ReportAmended) and self._is_repeated(event.report, clean_text(self.message.text)):
            return
        waits = self._can_have_pieces() and piece.fills
        joining.release(self.session, event.report, rules.replies.speech, rules.country, goes_on=not waits)
        if waits:
            joining.wait_for_more(self.session, self.id, self.sender, piece, event.report, rules.window, files=False)
        else:
            steps.say(self.session, event)

    def _is_repeated(self, report: str, words: str) -> bool:
        """Whether the sender has sent the same words for this report some minutes ago."""
        source, digest = self.message.source, repeats.digest_of(self.sender, words)
        known = repeats.again(self.session, digest, source, self.at)
        if known is not None and known.id == report:
            return True
        repeats.note(self.session, [repeats.Fingerprint(digest, report, source, self.at)])
        return False

    def _piece(self) -> Piece:
        message, prefix = self.message, self.rules.replies.speech.prefix
        leads = has_prefix(message.text, prefix) or isinstance(self.heard.meaning, Rates | Withdraws | Amends)
        return Piece(message.raw, message.charset, bool(message.fills_sms), leads, self.at, self.now)
