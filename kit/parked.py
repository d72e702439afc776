"""The table `parked`: unreadable records, and reports whose events failed. They wait for a person."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    distinct,
    func,
    insert,
    select,
    update,
)
from sqlmodel import Session

from contracts.topics import parked as parked_topic
from kit import inbox
from kit.bus import MAX_BYTES, BusRecord, Message
from kit.bus.cloudevents import Unreadable, numbering
from kit.bus.headers import pack_headers, unpack_headers
from kit.db import KIT, ROW_NUMBER, Instant
from kit.rows import insert_missing

PARKED = Table(
    "parked",
    KIT,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("topic", String(64), nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("id", String(64), nullable=False),  # the event's id, or a digest of an unreadable record
    Column("report", String(36), nullable=True, index=True),  # null: the record is unreadable
    Column("headers", LargeBinary, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("reason", String(500), nullable=False),
    Column("parked_at", Instant, nullable=False),
    Column("again_at", Instant, nullable=True),  # when a person asked to try it again; null once it was tried
    # Offsets start from 0 on a new bus, so only together with the id do they identify a record.
    UniqueConstraint("topic", "partition", "offset", "id", name="parked_record"),
    sqlite_autoincrement=True,
)

ACT = Table(
    "parked_act",
    KIT,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("record", BigInteger, nullable=False),  # its number in `parked`, which is never used again
    Column("report", String(36), nullable=True),
    Column("act", String(16), nullable=False),
    Column("by", String(64), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

WHOLE_BYTES = MAX_BYTES - (64 << 10)
"""A larger record is not sent to the topic of parked records, with headers more: only where to find it is."""

_ID_LENGTH = 36
WAITS = "waits behind an earlier event of its report"


def park(session: Session, record: BusRecord, reason: str, now: datetime, *, event: str = "", report: str = "") -> None:
    """Park a record once, also if it comes again. With `event` and `report` (ids), later events wait behind it."""
    row = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "id": event or sha256(record.key + b"\0" + record.value).hexdigest(),
        "report": report or None,
        "headers": pack_headers(record.headers),
        "key": record.key,
        "value": record.value,
        "reason": reason.replace("\0", "")[:500],
        "parked_at": now,
    }
    insert_missing(session, PARKED, [row], "id")


def reports(session: Session) -> list[str]:
    """The parked reports, in the order in which they were parked."""
    held = select(PARKED.c.report).where(PARKED.c.report.is_not(None))
    return list(session.scalars(held.group_by(PARKED.c.report).order_by(func.min(PARKED.c.number))))


def take(session: Session, report: str) -> list[BusRecord]:
    """Remove the parked records of this report and return them in the order in which they were parked."""
    c = PARKED.c
    columns = (c.number, c.topic, c.partition, c.offset, c.key, c.headers, c.value)
    rows = session.execute(select(*columns).where(c.report == report).order_by(c.number)).all()
    # By number: a record parked since the query must stay.
    session.execute(delete(PARKED).where(c.number.in_([row.number for row in rows])))
    return [BusRecord(t, p, o, bytes(k), unpack_headers(bytes(h)), bytes(v)) for _, t, p, o, k, h, v in rows]


def count(session: Session) -> int:
    """The number of parked reports and of unreadable records, added."""
    unreadable = select(func.count()).select_from(PARKED).where(PARKED.c.report.is_(None))
    waiting = select(func.count(distinct(PARKED.c.report)))
    return (session.scalar(unreadable) or 0) + (session.scalar(waiting) or 0)


def unreadable_message(record: BusRecord, reason: str) -> Message:
    """The record for the `.parked` topic: its own bytes, and headers that say where it was and why it was parked."""
    about = (
        ("pendapa_topic", record.topic.encode()),
        ("pendapa_partition", str(record.partition).encode()),
        ("pendapa_offset", str(record.offset).encode()),
        ("pendapa_reason", reason.encode()),
    )
    size = len(record.key) + len(record.value) + sum(len(name) * 4 + len(value) for name, value in record.headers)
    if size > WHOLE_BYTES:
        left_out = ("pendapa_left_out", b"%d bytes, kept in the table parked" % size)
        return Message(parked_topic(record.topic), record.key[:1024], (*about, left_out), b"")
    return Message(parked_topic(record.topic), record.key, (*record.headers, *about), record.value)


def is_wanted(session: Session) -> bool:
    """Whether a person asked for something to be tried again."""
    return session.scalar(select(PARKED.c.number).where(PARKED.c.again_at.is_not(None)).limit(1)) is not None


def wanted(session: Session) -> tuple[dict[int, BusRecord], list[str]]:
    """What a person asked to try again: the unreadable records by their numbers, and the reports."""
    c = PARKED.c
    columns = (c.number, c.report, c.topic, c.partition, c.offset, c.key, c.headers, c.value)
    rows = session.execute(select(*columns).where(c.again_at.is_not(None)).order_by(c.number)).all()
    records = {
        r.number: BusRecord(
            r.topic, r.partition, r.offset, bytes(r.key), unpack_headers(bytes(r.headers)), bytes(r.value)
        )
        for r in rows
        if r.report is None
    }
    return records, list(dict.fromkeys(row.report for row in rows if row.report is not None))


def tried(session: Session, number: int, *, readable: bool) -> None:
    """An unreadable record was tried again: it stays parked unless it could be read."""
    if readable:
        session.execute(delete(PARKED).where(PARKED.c.number == number))
    else:
        session.execute(update(PARKED).where(PARKED.c.number == number).values(again_at=None))


def discard(session: Session, number: int, by: str, reason: str, now: datetime) -> bool:
    """Delete a parked record for good and keep who did so and why; false if there is no such record.

    Counts its event as handled, if it is one: the events of its report after it wait for it.
    """
    row = session.execute(select(PARKED).where(PARKED.c.number == number)).one_or_none()
    if row is None:
        return False
    _let_later_events_go_on(session, row, now)
    session.execute(delete(PARKED).where(PARKED.c.number == number))
    note(session, [row], "discard", by, reason, now)
    return True


def note(session: Session, rows: Sequence[Row[Any]], act: str, by: str, reason: str, now: datetime) -> None:
    """Keep what was done with these parked records."""
    if rows:
        common = {"act": act, "by": by[:64], "reason": reason[:500], "at": now}
        session.execute(insert(ACT), [{"record": row.number, "report": row.report, **common} for row in rows])


def _let_later_events_go_on(session: Session, row: Row[Any], now: datetime) -> None:
    record = BusRecord(
        row.topic, row.partition, row.offset, bytes(row.key), unpack_headers(bytes(row.headers)), bytes(row.value)
    )
    headers = dict(record.headers)
    id, report = (headers.get(name, b"").decode(errors="replace") for name in ("ce_id", "ce_subject"))
    try:
        place = numbering(record)
    except Unreadable:
        return
    if place is not None and len(id) == len(report) == _ID_LENGTH:
        inbox.claim(session, {id: place.seq}, now)
        inbox.take(session, {report: place.seq})


def tried_report(session: Session, report: str) -> None:
    session.execute(update(PARKED).where(PARKED.c.report == report).values(again_at=None))
