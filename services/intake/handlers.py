"""Keeps reports. Each function does its work within one transaction, which its caller commits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypedDict
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session

from contracts.events import Channel, Elsewhere, Kind, ReportReceived
from contracts.ids import new_id, random_below
from kit import outbox
from kit.rows import insert_all, insert_missing
from services.intake import contacts, repeats
from services.intake.domain import Receipt, make_code
from services.intake.found import known_codes
from services.intake.masking import Reporter, mask
from services.intake.meaning import codes_in
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
    """A report as read from a request, before it has an id. `source`: who delivered it, and their id of it."""

    text: str = field(repr=False)
    channel: Channel
    received_at: datetime
    source: tuple[str, str] | None = None
    kind: Kind | None = None
    category: str | None = None
    place: str | None = field(default=None, repr=False)
    lat: float | None = None
    long: float | None = None
    outside: bool = False
    """Whether the point cannot be where the report is: only this service keeps it."""
    address: str | None = field(default=None, repr=False)
    anonymous: bool = False
    confidential: bool | None = None
    official: bool = False
    elsewhere: Elsewhere | None = None
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
    digest: str | None = None
    """By what a repeat of the report is known (see `repeats`); None: it is not compared with others."""
    waits: bool = False
    """The event is published later: more words may follow (see `joining`)."""


def receive_reports(session: Session, drafts: Sequence[Draft], country: str, now: datetime) -> list[Receipt]:
    """Keep the reports and publish their events, without their reporters; a receipt for each, in their order.

    A source and id that came before name the report of then; the receipt tells if its words differ.
    """
    rows = [_row(draft, now) for draft in drafts]
    # Sorted, so that two processes insert the same sources in the same order and cannot deadlock.
    ordered = sorted(rows, key=lambda row: (row["source"] or "", row["source_id"] or ""))
    new_ids = insert_missing(session, REPORT, ordered, "id")
    receipts = [Receipt(row["id"], row["code"]) if row["id"] in new_ids else _find_source(session, row) for row in rows]
    new = [
        (Receipt(row["id"], row["code"]), draft)
        for row, draft in zip(rows, drafts, strict=True)
        if row["id"] in new_ids
    ]
    _keep_contacts_and_attachments(session, new)
    earlier = _note_repeats(session, new)
    known = codes_of_reports(session, [draft for _, draft in new])
    events = (received(id, draft, country, known, earlier.get(id)) for (id, *_), draft in new if not draft.waits)
    outbox.publish(session, *events)
    # No receipt: another report already has this code, so the draft is tried again with a new code.
    return [
        receipt or receive_reports(session, [draft], country, now)[0]
        for receipt, draft in zip(receipts, drafts, strict=True)
    ]


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


def _row(draft: Draft, now: datetime) -> _Row:
    source, source_id = draft.source or (None, None)
    return _Row(
        id=str(new_id()),
        code=make_code(random_below),
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
    )


def _find_source(session: Session, row: _Row) -> Receipt | None:
    if row["source"] is None:
        return None
    same = (REPORT.c.source == row["source"], REPORT.c.source_id == row["source_id"])
    report = session.execute(select(REPORT.c.id, REPORT.c.code, REPORT.c.text).where(*same)).first()
    return Receipt(report.id, report.code, differs=report.text != row["text"]) if report else None


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


def _note_repeats(session: Session, new: Sequence[tuple[Receipt, Draft]]) -> dict[str, str]:
    """Of the new reports that repeat an earlier one, its id."""
    fingerprints = [
        repeats.Fingerprint(draft.digest, receipt.id, draft.source[0] if draft.source else None, draft.received_at)
        for receipt, draft in new
        if draft.digest is not None
    ]
    earlier = repeats.note(session, fingerprints)
    for report, repeated in earlier.items():
        session.execute(update(REPORT).where(REPORT.c.id == report).values(repeats=repeated))
    return earlier


def codes_of_reports(session: Session, drafts: Sequence[Draft]) -> set[str]:
    """The codes of reports that stand in the drafts."""
    words = (each for draft in drafts for each in (draft.text, draft.place, draft.address) if each)
    return known_codes(session, set().union(*map(codes_in, words)))


def received(
    report: str, draft: Draft, country: str, known: Collection[str], repeated: str | None = None
) -> ReportReceived:
    """The event of a new report, without its reporter and the codes of reports. `repeated`: that whose words it has."""
    reporter = contacts.reporter(draft.phone, draft.email, draft.name, country)
    return ReportReceived(
        subject=UUID(report),
        time=draft.received_at,
        text=mask(draft.text, reporter, known),
        channel=draft.channel,
        kind=draft.kind,
        category=draft.category,
        place=_mask_optional(draft.place, reporter, known),
        lat=None if draft.outside else draft.lat,
        long=None if draft.outside else draft.long,
        address=_mask_optional(draft.address, reporter, known),
        anonymous=draft.anonymous,
        confidential=draft.confidential,
        official=draft.official,
        elsewhere=draft.elsewhere,
        repeats=UUID(repeated) if repeated else None,
    )


def _mask_optional(words: str | None, reporter: Reporter, known: Collection[str]) -> str | None:
    return None if words is None else mask(words, reporter, known)
