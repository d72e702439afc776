"""The table `missed`: records that the bus deleted before this service handled them; it stops until a replay."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Integer, String, Table, UniqueConstraint, func, select, update
from sqlmodel import Session

from kit.bus import Gap
from kit.db import KIT, ROW_NUMBER, Instant
from kit.rows import insert_missing

MISSED = Table(
    "missed",
    KIT,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("topic", String(64), nullable=False),
    Column("partition", Integer, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("noticed_at", Instant, nullable=False),
    Column("replayed_at", Instant, nullable=True),
    UniqueConstraint("topic", "partition", "start", "end", name="missed_once"),
    sqlite_autoincrement=True,
)


def note(session: Session, gap: Gap, now: datetime) -> None:
    """Keep the gap for whoever mends it; once, however often it is noticed."""
    insert_missing(session, MISSED, [{**gap._asdict(), "noticed_at": now}], "number")


def is_replayed(session: Session, gap: Gap) -> bool:
    """Whether all that this service lacks was queued again since the gap was noticed."""
    c = MISSED.c
    same = (c.topic == gap.topic, c.partition == gap.partition, c.start == gap.start, c.end == gap.end)
    return session.scalar(select(c.number).where(*same, c.replayed_at.is_not(None))) is not None


def set_replayed(session: Session, now: datetime) -> int:
    """Let the service go on after each gap; return how many there were."""
    result = session.execute(update(MISSED).where(MISSED.c.replayed_at.is_(None)).values(replayed_at=now))
    return int(getattr(result, "rowcount", 0))


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(MISSED).where(MISSED.c.replayed_at.is_(None))) or 0
