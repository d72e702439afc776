"""The answers that are kept for requests with an `Idempotency-Key` (see `kit.idempotency`), for a day."""

from datetime import datetime
from typing import Final

from sqlalchemy import Column, Integer, LargeBinary, String, Table, delete, func, select, update
from sqlmodel import Session

from kit.db import KIT, ROW_NUMBER, Instant

KEPT_DAYS: Final = 1
"""Days for which an answer is kept; after these the same key is a new one."""
MOST: Final = 1_000_000
"""Answers kept in one database at most: the oldest go first."""
_DELETED_AT_ONCE: Final = 20_000

ANSWERED = Table(
    "answered",
    KIT,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),  # the hash of the caller and the key
    Column("request", String(64), nullable=False),  # the hash of what was asked
    Column("status", Integer, nullable=False),  # 0 until the work is done
    Column("headers", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),  # compressed
    Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)


def erase(session: Session) -> None:
    """Empty every answer that is kept. That its request was done stays known.

    For words that must be nowhere: the bodies are compressed, so those that have the words cannot be found.
    """
    session.execute(update(ANSWERED).where(ANSWERED.c.status != 0).values(body=b""))


def forget(session: Session, before: datetime, now: datetime) -> int:
    """Delete the answers from before then, and the oldest above `MOST`; some at a time. Returns how many."""
    c = ANSWERED.c
    oldest = select(c.number, c.at).order_by(c.number).limit(_DELETED_AT_ONCE).subquery()
    too_many = select(func.coalesce(func.max(c.number), 0) - MOST).scalar_subquery()
    old = (oldest.c.at < before) | (oldest.c.number <= too_many)
    last = session.scalar(select(func.max(oldest.c.number)).where(old))
    if last is None:
        return 0
    return session.connection().execute(delete(ANSWERED).where(c.number <= last)).rowcount
