"""Keeps reports. Each function does its work within one transaction, which its caller commits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, TypedDict
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session

from contracts.events import Channel, Elsewhere, Kind, Location, ReportReceived, SenderKind
from contracts.ids import new_id, random_below
from kit import outbox
from kit.rows import insert_all, insert_missing
from services.intake import contacts, imports, known, repeats, sources
from services.intake.changes import SourceSaid, several
from services.intake.domain import Outcome, Receipt, make_code
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
    outside: bool = False
    """Whether the point cannot be where the report is: only this service keeps it."""
    address: str | None = field(default=None, repr=False)
    anonymous: bool = False
    confidential: bool | None = None
    official: bool = False
    reviewed: bool | None = None
    unsure: bool = False
    import_number: int | None = None
    elsewhere: Elsewhere | None = None
    dated: bool = False
    """Whether the request says when the report was received."""
    phone: str | None = field(default=None, repr=False)
    sender_kind: SenderKind | None = None
    """What sent the message that the report came as."""
    email: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
    id: str = field(default_factory=lambda: str(new_id()))
    code: str = field(default_factory=lambda: make_code(random_below), repr=False)
    digest: str | None = None
    """By what a repeat of the report is known (see `repeats`); None: it is not compared with others."""
    sent: str | None = None
    """The hash of the whole request: the same one within minutes is the same report (see `filing`)."""
    waits: bool = False
    """The event is published later: more words may follow (see `joining`)."""


def receive_reports(session: Session, drafts: Sequence[Draft], country: str, now: datetime) -> list[Receipt]:
    """Keep the reports and publish their events, without their reporters; a receipt for each, in their order.

    A source and id that came before name the report of then; the receipt tells if its words differ. With the official
    key, the changes of that report are taken (see `known`).
    """
    drafts = _as_before(session, drafts)
    imports.need_open(session, {draft.import_number for draft in drafts if draft.import_number is not None})
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
    earlier = _note_repeats(session, new)
    codes = codes_of_reports(session, [draft for _, draft in new])
    events = (received(id, draft, country, codes, earlier.get(id)) for (id, *_), draft in new if not draft.waits)
    outbox.publish(session, *events)
    # No receipt: another report has this code already, or a filing key's report of a version before this source.
    return [
        receipt or receive_reports(session, [_tried_again(reports, draft)], country, now)[0]
        for receipt, draft in zip(receipts, drafts, strict=True)
    ]


def _as_before(session: Session, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts, each with the source under which a version before stored the same report, if it did."""
    before = [(sources.of_before(draft.source[0]), draft.source[1]) if draft.source else None for draft in drafts]
    asked = {(name, id) for name, id in filter(None, before) if name is not None}
    filed = {source for source, report in known.find(session, asked, lock=False).items() if not report.official}
    return [
        replace(draft, source=source) if source in filed else draft
        for draft, source in zip(drafts, before, strict=True)
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
    import_number: int | None
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
        import_number=draft.import_number,
        elsewhere=known.as_text(draft.elsewhere or Elsewhere()) if draft.official and source else None,
    )


def _receipt(row: _Row, draft: Draft) -> Receipt:
    return Receipt(row["id"], row["code"], outcome=Outcome.new if draft.official else None)


def _find_kept(
    session: Session, reports: Mapping[known.Source, known.KnownReport], draft: Draft, country: str, now: datetime
) -> Receipt | None:
    """The report that the draft is already: by its source, or by its id if a try that was not answered kept it."""
    report = reports.get(draft.source) if draft.source else None
    if _is_anothers(report, draft):
        return None
    if report is None or report.id == draft.id:
        code = session.scalar(select(REPORT.c.code).where(REPORT.c.id == draft.id))
        return Receipt(draft.id, code, outcome=Outcome.new if draft.official else None) if code else None
    if draft.official:
        return known.take_again(session, report, _said(draft), country, now)
    return Receipt(report.id, report.code, differs=report.said.text != draft.text)


def _is_anothers(report: known.KnownReport | None, draft: Draft) -> bool:
    """Whether a filing key's report of a version before has the source that an official names."""
    return report is not None and draft.official and not report.official


def _tried_again(reports: Mapping[known.Source, known.KnownReport], draft: Draft) -> Draft:
    report = reports.get(draft.source) if draft.source else None
    if draft.source and _is_anothers(report, draft):
        return replace(draft, source=(sources.beside(draft.source[0]), draft.source[1]))
    return replace(draft, code=make_code(random_below))


def _said(draft: Draft) -> SourceSaid:
    return SourceSaid(
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
    words = (each for draft in drafts for each in (draft.text, draft.place, draft.address, *_answers(draft)) if each)
    return known_codes(session, set().union(*map(codes_in, words)))


def _answers(draft: Draft) -> list[str]:
    return [answer.text for answer in draft.elsewhere.answers] if draft.elsewhere else []


def received(
    report: str, draft: Draft, country: str, codes: Collection[str], repeated: str | None = None
) -> ReportReceived:
    """The event of a new report, without its reporter and the codes of reports. `repeated`: that whose words it has."""
    reporter = contacts.reporter(draft.phone, draft.email, draft.name, country)
    return ReportReceived(
        subject=UUID(report),
        time=draft.received_at,
        text=mask(draft.text, reporter, codes),
        channel=draft.channel,
        kind=draft.kind,
        category=draft.category,
        place=_mask_optional(draft.place, reporter, codes),
        lat=None if draft.outside else draft.lat,
        long=None if draft.outside else draft.long,
        address=_mask_optional(draft.address, reporter, codes),
        anonymous=draft.anonymous,
        confidential=draft.confidential,
        official=draft.official,
        reviewed=draft.reviewed,
        unsure=draft.unsure,
        elsewhere=_mask_answers(draft.elsewhere, reporter, codes),
        repeats=UUID(repeated) if repeated else None,
        sender_kind=draft.sender_kind,
    )


def _mask_answers(elsewhere: Elsewhere | None, reporter: Reporter, codes: Collection[str]) -> Elsewhere | None:
    if elsewhere is None or not elsewhere.answers:
        return elsewhere
    masked = [each.model_copy(update={"text": mask(each.text, reporter, codes)}) for each in elsewhere.answers]
    return elsewhere.model_copy(update={"response": masked[-1], "responses": several(masked)})


def _mask_optional(words: str | None, reporter: Reporter, codes: Collection[str]) -> str | None:
    return None if words is None else mask(words, reporter, codes)
