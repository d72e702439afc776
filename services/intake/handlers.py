"""What intake does with what people send. Each function is one transaction's worth of work."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlmodel import Session

from contracts.events import Channel, Elsewhere, Kind, ReportReceived
from kit import outbox
from kit.db import insert_missing
from services.intake import commands, contacts
from services.intake.domain import Receipt, TextMessage, arrived_at, make_code
from services.intake.masking import Reporter, mask
from services.intake.replies import Replies
from services.intake.tables import Base

REPORT, CONTACT, MESSAGE, ATTACHMENT = (
    Base.metadata.tables[name] for name in ("report", "contact", "message", "attachment")
)


class Attachment(NamedTuple):
    """What came with a report: bytes, or the address of them."""

    media_type: str | None = None
    content: bytes | None = None
    url: str | None = None


@dataclass(frozen=True)
class Draft:
    """A report as some door read it, before it has an id. `source`: who delivered it, and their id of it."""

    text: str = field(repr=False)
    channel: Channel
    received_at: datetime
    source: tuple[str, str] | None = None
    kind: Kind | None = None
    category: str | None = None
    place: str | None = field(default=None, repr=False)
    lat: float | None = None
    long: float | None = None
    address: str | None = field(default=None, repr=False)
    anonymous: bool = False
    confidential: bool | None = None
    official: bool = False
    elsewhere: Elsewhere | None = None
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)


def receive_report(session: Session, draft: Draft, country: str, now: datetime) -> Receipt:
    """Keep the report and announce it, without its reporter. The same source twice is the same report."""
    source, source_id = draft.source or (None, None)
    row: dict[str, object] = {
        "id": str(uuid4()),
        "code": make_code(secrets.choice),
        "source": source,
        "source_id": source_id,
        "channel": draft.channel.value,
        "kind": draft.kind.value if draft.kind else None,
        "category": draft.category,
        "text": draft.text,
        "place": draft.place,
        "lat": draft.lat,
        "long": draft.long,
        "address": draft.address,
        "anonymous": draft.anonymous,
        "confidential": draft.confidential,
        "official": draft.official,
        "received_at": draft.received_at,
        "accepted_at": now,
    }
    while not insert_missing(session, REPORT, [row], "id"):
        same = _find_source(session, source, source_id)
        if same is not None:
            return same
        row["code"] = make_code(secrets.choice)  # another report has it
    receipt = Receipt(str(row["id"]), str(row["code"]))
    _keep_beside(session, receipt.id, draft)
    outbox.publish(session, _received(receipt, draft, country))
    return receipt


def receive_message(session: Session, message: TextMessage, replies: Replies, country: str, now: datetime) -> str:
    """Keep the message, do what it asks for, and return the reply. A repeated delivery gets the same reply."""
    at = arrived_at(message.sent_at, now)
    sender = contacts.sender(message.sender, country)
    row: Mapping[str, object] = {
        "id": str(uuid4()),
        "source": message.source,
        "source_id": message.source_id,
        "sender": sender,
        "raw": message.raw,
        "charset": message.charset,
        "received_at": at,
    }
    if not insert_missing(session, MESSAGE, [row], "id"):
        of_this = (MESSAGE.c.source == message.source, MESSAGE.c.source_id == message.source_id)
        return str(session.scalar(select(MESSAGE.c.reply).where(*of_this)))

    def receive(text: str) -> Receipt:
        source = (message.source, message.source_id)
        draft = Draft(text=text, channel=Channel.sms, received_at=at, source=source, phone=sender or None)
        return receive_report(session, draft, country, now)

    answer = commands.obey(session, message.text, commands.Desk(replies, sender, country, at, receive))
    session.execute(update(MESSAGE).where(MESSAGE.c.id == row["id"]).values(reply=answer.reply, report=answer.report))
    return answer.reply


def _find_source(session: Session, source: str | None, source_id: str | None) -> Receipt | None:
    if source is None:
        return None
    same = select(REPORT.c.id, REPORT.c.code).where(REPORT.c.source == source, REPORT.c.source_id == source_id)
    found = session.execute(same).first()
    return Receipt(*found) if found else None


def _keep_beside(session: Session, report: str, draft: Draft) -> None:
    if draft.phone or draft.email or draft.name:
        row = {"report": report, "phone": draft.phone, "email": draft.email, "name": draft.name}
        session.execute(insert(CONTACT), [row])
    if draft.attachments:
        rows: Sequence[dict[str, object]] = [
            {"report": report, "number": number, **attachment._asdict()}
            for number, attachment in enumerate(draft.attachments)
        ]
        session.execute(insert(ATTACHMENT), rows)


def _received(receipt: Receipt, draft: Draft, country: str) -> ReportReceived:
    reporter = contacts.reporter(draft.phone, draft.email, draft.name, country)
    return ReportReceived(
        subject=UUID(receipt.id),
        time=draft.received_at,
        text=mask(draft.text, reporter),
        channel=draft.channel,
        kind=draft.kind,
        category=draft.category,
        place=_masked(draft.place, reporter),
        lat=draft.lat,
        long=draft.long,
        address=_masked(draft.address, reporter),
        anonymous=draft.anonymous,
        confidential=draft.confidential,
        official=draft.official,
        elsewhere=draft.elsewhere,
    )


def _masked(words: str | None, reporter: Reporter) -> str | None:
    return None if words is None else mask(words, reporter)
