"""Keeps reports and messages. Each function does its work within one transaction, which its caller commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, TypedDict
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session

from contracts.events import Channel, Elsewhere, Kind, Location, ReportReceived
from contracts.ids import new_id, random_below
from kit import outbox
from kit.rows import insert_all, insert_missing
from services.intake import commands, contacts, known
from services.intake.changes import Said
from services.intake.domain import Outcome, Receipt, TextMessage, arrived_at, make_code
from services.intake.masking import Reporter, mask
from services.intake.replies import Replies
from services.intake.tables import Base

REPORT, CONTACT, MESSAGE, ATTACHMENT = (
    Base.metadata.tables[name] for name in ("report", "contact", "message", "attachment")
)


class Attachment(NamedTuple):
    """A file that came with a report: its bytes, or its URL."""

    media_type: str | None = None
    content: bytes | None = None
    url: str | None = None


@dataclass(frozen=True)
class Draft:
    """A report as read from a request. `source`: who delivered it, and their id of it.

    Its `id` and `code` are drawn here, before it is first kept: kept a second time, it is the same report.
    """

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
    dated: bool = False
    """Whether the request says when the report was received."""
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
    id: str = field(default_factory=lambda: str(new_id()))
    code: str = field(default_factory=lambda: make_code(random_below), repr=False)


def receive_reports(session: Session, drafts: Sequence[Draft], country: str, now: datetime) -> list[Receipt]:
    """Keep the reports and publish their events, without their reporters; a receipt for each, in their order.

    A source and id that came before name the report of then; the receipt tells if its words differ. With the official
    key, the changes of that report are taken (see `known`).
    """
    rows = [_row(draft, now) for draft in drafts]
    # Sorted, so that two processes insert the same sources in the same order and cannot deadlock.
    ordered = sorted(rows, key=lambda row: (row["source"] or "", row["source_id"] or ""))
    new_ids = insert_missing(session, REPORT, ordered, "id")
    pairs = list(zip(rows, drafts, strict=True))
    before = [draft for row, draft in pairs if row["id"] not in new_ids]
    reports = known.find(session, {d.source for d in before if d.source}, lock=any(d.official for d in before))
    receipts = [
        _receipt(row, draft) if row["id"] in new_ids else _find_kept(session, reports, draft, country, now)
        for row, draft in pairs
    ]
    known.store(session, reports.values())
    new = [(Receipt(row["id"], row["code"]), draft) for row, draft in pairs if row["id"] in new_ids]
    _keep_contacts_and_attachments(session, new)
    outbox.publish(session, *(_event(receipt, draft, country) for receipt, draft in new))
    # No receipt: another report already has this code, so the draft is tried again with a new code.
    return [
        receipt or receive_reports(session, [replace(draft, code=make_code(random_below))], country, now)[0]
        for receipt, draft in zip(receipts, drafts, strict=True)
    ]


def receive_message(
    session: Session, message: TextMessage, channel: Channel, now: datetime, replies: Replies, country: str
) -> str:
    """Keep the message, do what it asks for, and return the reply. A repeated delivery gets the same reply."""
    at = arrived_at(message.sent_at, now)
    sender = contacts.sender(message.sender, country)
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
        return receive_message(session, message.with_unique_id(), channel, now, replies, country)

    def receive(text: str) -> Receipt:
        source = (message.source, message.source_id)
        draft = Draft(text=text, channel=channel, received_at=at, source=source, phone=sender or None)
        return receive_reports(session, [draft], country, now)[0]

    answer = commands.carry_out(session, message.text, commands.MessageContext(replies, sender, country, at, receive))
    session.execute(update(MESSAGE).where(MESSAGE.c.id == row["id"]).values(reply=answer.reply, report=answer.report))
    return answer.reply


class _Row(TypedDict):
    id: str
    code: str
    source: str | None
    source_id: str | None
    channel: str
    kind: str | None
    category: str | None
    text: str
    place: str | None
    lat: float | None
    long: float | None
    address: str | None
    anonymous: bool
    confidential: bool | None
    official: bool
    received_at: datetime
    accepted_at: datetime
    elsewhere: str | None


def _row(draft: Draft, now: datetime) -> _Row:
    source, source_id = draft.source or (None, None)
    return _Row(
        id=draft.id,
        code=draft.code,
        source=source,
        source_id=source_id,
        channel=draft.channel.value,
        kind=draft.kind.value if draft.kind else None,
        category=draft.category,
        text=draft.text,
        place=draft.place,
        lat=draft.lat,
        long=draft.long,
        address=draft.address,
        anonymous=draft.anonymous,
        confidential=draft.confidential,
        official=draft.official,
        received_at=draft.received_at,
        accepted_at=now,
        elsewhere=known.as_text(draft.elsewhere or Elsewhere()) if draft.official and source else None,
    )


def _receipt(row: _Row, draft: Draft) -> Receipt:
    return Receipt(row["id"], row["code"], outcome=Outcome.new if draft.official else None)


def _find_kept(
    session: Session, reports: Mapping[known.Source, known.KnownReport], draft: Draft, country: str, now: datetime
) -> Receipt | None:
    """The report that the draft is already: by its source, or by its id if a try that was not answered kept it."""
    report = reports.get(draft.source) if draft.source else None
    if report is None or report.id == draft.id:
        code = session.scalar(select(REPORT.c.code).where(REPORT.c.id == draft.id))
        return Receipt(draft.id, code, outcome=Outcome.new if draft.official else None) if code else None
    if draft.official:
        return known.take_again(session, report, _said(draft), country, now)
    return Receipt(report.id, report.code, differs=report.said.text != draft.text)


def _said(draft: Draft) -> Said:
    return Said(
        text=draft.text,
        received_at=draft.received_at if draft.dated else None,
        channel=draft.channel.value,
        kind=draft.kind.value if draft.kind else None,
        category=draft.category,
        location=Location(place=draft.place, lat=draft.lat, long=draft.long, address=draft.address),
        anonymous=draft.anonymous,
        confidential=draft.confidential,
        phone=draft.phone,
        email=draft.email,
        name=draft.name,
        elsewhere=draft.elsewhere or Elsewhere(),
    )


def _keep_contacts_and_attachments(session: Session, new: Sequence[tuple[Receipt, Draft]]) -> None:
    contacts = [
        {"report": receipt.id, "phone": draft.phone, "email": draft.email, "name": draft.name}
        for receipt, draft in new
        if draft.phone or draft.email or draft.name
    ]
    attachments = [
        {"report": receipt.id, "number": number, **attachment._asdict()}
        for receipt, draft in new
        for number, attachment in enumerate(draft.attachments)
    ]
    for table, rows in ((CONTACT, contacts), (ATTACHMENT, attachments)):
        insert_all(session, table, rows)


def _event(receipt: Receipt, draft: Draft, country: str) -> ReportReceived:
    reporter = contacts.reporter(draft.phone, draft.email, draft.name, country)
    return ReportReceived(
        subject=UUID(receipt.id),
        time=draft.received_at,
        text=mask(draft.text, reporter),
        channel=draft.channel,
        kind=draft.kind,
        category=draft.category,
        place=_mask_optional(draft.place, reporter),
        lat=draft.lat,
        long=draft.long,
        address=_mask_optional(draft.address, reporter),
        anonymous=draft.anonymous,
        confidential=draft.confidential,
        official=draft.official,
        elsewhere=draft.elsewhere,
    )


def _mask_optional(words: str | None, reporter: Reporter) -> str | None:
    return None if words is None else mask(words, reporter)
