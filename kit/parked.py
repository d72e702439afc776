"""What the worker could not handle, kept for a person: bytes nobody could read, and reports whose events wait."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    delete,
    distinct,
    func,
    select,
)
from sqlmodel import Session

from contracts.topics import parked as parked_topic
from kit.bus import BusRecord, Message
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
    Column("id", String(64), nullable=False),  # the event's, or a digest of what could not be read
    Column("report", String(36), nullable=True, index=True),  # null: nobody can say whose it is
    Column("headers", LargeBinary, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("reason", String(500), nullable=False),
    Column("parked_at", Instant, nullable=False),
    # Offsets begin again when a bus is lost: only together with the content do they name a record.
    UniqueConstraint("topic", "partition", "offset", "id", name="parked_record"),
    sqlite_autoincrement=True,
)

WAITS = "waits behind an earlier event of its report"


def park(session: Session, record: BusRecord, reason: str, now: datetime, *, event: str = "", report: str = "") -> None:
    """Keep a record; the same one twice is kept once. With an `event` and its `report`, later events wait behind it."""
    row = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "id": event or sha256(record.key + b"\0" + record.value).hexdigest(),
        "report": report or None,
        "headers": pack_headers(record.headers),
        "key": record.key,
        "value": record.value,
        "reason": reason[:500],
        "parked_at": now,
    }
    insert_missing(session, PARKED, [row], "id")


def reports(session: Session) -> list[str]:
    """The reports that wait for a person, those parked first coming first."""
    held = select(PARKED.c.report).where(PARKED.c.report.is_not(None))
    return list(session.scalars(held.group_by(PARKED.c.report).order_by(func.min(PARKED.c.number))))


def take(session: Session, report: str) -> list[BusRecord]:
    """Remove what is parked of this report and return it, in the order it came."""
    c = PARKED.c
    columns = (c.number, c.topic, c.partition, c.offset, c.key, c.headers, c.value)
    rows = session.execute(select(*columns).where(c.report == report).order_by(c.number)).all()
    # By number: one more may have been parked behind these since they were read, and must stay.
    session.execute(delete(PARKED).where(c.number.in_([row.number for row in rows])))
    return [BusRecord(t, p, o, bytes(k), unpack_headers(bytes(h)), bytes(v)) for _, t, p, o, k, h, v in rows]


def count(session: Session) -> int:
    """How many reports wait, and how many unreadable records."""
    unreadable = select(func.count()).select_from(PARKED).where(PARKED.c.report.is_(None))
    waiting = select(func.count(distinct(PARKED.c.report)))
    return (session.scalar(unreadable) or 0) + (session.scalar(waiting) or 0)


def unreadable_message(record: BusRecord, reason: str) -> Message:
    """The record as it goes to the topic of the parked: its own bytes, with where it stood and why."""
    about = (
        ("pendapa_topic", record.topic.encode()),
        ("pendapa_partition", str(record.partition).encode()),
        ("pendapa_offset", str(record.offset).encode()),
        ("pendapa_reason", reason.encode()),
    )
    return Message(parked_topic(record.topic), record.key, (*record.headers, *about), record.value)
