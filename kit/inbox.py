"""Inbox: the bus may deliver an event twice; its handler runs once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, String, Table, delete
from sqlmodel import Session

from kit.db import KIT, Instant, insert_missing

INBOX = Table(
    "inbox",
    KIT,
    Column("id", String(36), primary_key=True),
    Column("claimed_at", Instant, nullable=False, index=True),
)


def claim(session: Session, ids: Sequence[UUID], now: datetime) -> set[UUID]:
    """Claim these events for this transaction; return those that were never handled before."""
    if not ids:
        return set()
    rows = [{"id": str(id), "claimed_at": now} for id in dict.fromkeys(ids)]
    return {UUID(id) for id in insert_missing(session, INBOX, rows, "id")}


def forget(session: Session, before: datetime) -> None:
    """Drop claims older than the bus keeps its records; nothing can deliver those again."""
    session.execute(delete(INBOX).where(INBOX.c.claimed_at < before))
