"""Inbox: the bus may deliver an event twice; its handler runs once, and for each report in the order of the numbers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, Integer, String, Table, delete, select
from sqlmodel import Session

from kit.db import KIT, Instant
from kit.rows import among, insert_greater, insert_missing

INBOX = Table(
    "inbox",
    KIT,
    Column("id", String(36), primary_key=True),
    Column("claimed_at", Instant, nullable=False, index=True),
    # The event's number, 0 if it has no number. Null: claimed by the first version, which had no numbers.
    Column("seq", Integer, nullable=True),
)

TAKEN = Table(
    "taken",
    KIT,
    Column("report", String(36), primary_key=True),
    Column("seq", Integer, nullable=False),  # every event of the report up to this number was handled
)

KEPT = timedelta(days=40)
"""Claims are kept at least so long, which is longer than the bus keeps records (30 days)."""


def claim(session: Session, seqs: Mapping[str, int], now: datetime) -> set[str]:
    """Claim events for this transaction; `seqs` has their numbers by id. Return the ids that nobody had claimed."""
    rows = [{"id": id, "claimed_at": now, "seq": seq} for id, seq in seqs.items()]
    return insert_missing(session, INBOX, rows, "id")


def claimed(session: Session, ids: Collection[str]) -> set[str]:
    """Which of these events were claimed, as far as claims are kept."""
    if not ids:
        return set()
    return set(session.scalars(select(INBOX.c.id).where(among(session, INBOX.c.id, list(ids)))))


def taken(session: Session, reports: Sequence[str]) -> dict[str, int]:
    """Up to which number the events of these reports were handled; reports without a number are left out."""
    if not reports:
        return {}
    rows = session.execute(select(TAKEN.c.report, TAKEN.c.seq).where(among(session, TAKEN.c.report, reports)))
    return {row.report: row.seq for row in rows}


def take(session: Session, seqs: Mapping[str, int]) -> None:
    """Record up to which number the events of these reports were handled; a lower number changes nothing."""
    # Always in the same order, or two workers could deadlock.
    rows = [{"report": report, "seq": seqs[report]} for report in sorted(seqs)]
    insert_greater(session, TAKEN, rows, key="report", value="seq")


def forget(session: Session, before: datetime, limit: int = 5000) -> int:
    """Delete the oldest claims, `limit` at most, that are older than the records on the bus; return how many.

    Such records cannot be delivered again. Claims of the first version stay: without numbers, only they show that
    those events were handled.
    """
    oldest = select(INBOX.c.id).where(INBOX.c.claimed_at < before, INBOX.c.seq.is_not(None))
    old = session.scalars(oldest.order_by(INBOX.c.claimed_at).limit(limit)).all()
    if old:
        session.execute(delete(INBOX).where(among(session, INBOX.c.id, old)))
    return len(old)
