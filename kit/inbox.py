"""Inbox: the bus may deliver an event twice; its handler runs once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Column, String, Table, delete
from sqlmodel import Session

from kit.db import KIT, Instant
from kit.rows import insert_missing

INBOX = Table(
    "inbox",
    KIT,
    Column("id", String(36), primary_key=True),
    Column("claimed_at", Instant, nullable=False, index=True),
)


def claim(session: Session, ids: Sequence[str], now: datetime) -> set[str]:
    """Claim the events of these ids for this transaction; return those that were never handled before."""
    rows = [{"id": id, "claimed_at": now} for id in dict.fromkeys(ids)]
    return insert_missing(session, INBOX, rows, "id")


def forget(session: Session, before: datetime) -> None:
    """Drop claims older than the bus keeps its records; nothing can deliver those again."""
    session.execute(delete(INBOX).where(INBOX.c.claimed_at < before))
