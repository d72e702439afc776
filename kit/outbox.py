"""Outbox: an event is sent if, and only if, the change it announces was committed. What was sent is kept."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Engine, LargeBinary, Row, String, Table, delete, func, select
from sqlmodel import Session

from contracts.events import ATTRIBUTES, Event
from contracts.topics import TOPIC_OF
from kit import clock, sent, wake
from kit.bus import Message, Producer
from kit.bus.cloudevents import Numbering, headers
from kit.db import KIT, ROW_NUMBER, Instant, snapshot, transaction
from kit.locks import exclusive
from kit.rows import among, insert_all, insert_missing
from kit.turns import in_turn

OUTBOX = Table(
    "outbox",
    KIT,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("type", String(64), nullable=False),
    Column("subject", String(36), nullable=False),
    Column("time", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # a number is never used again, or a new event could overtake an older one
)

UNSENT = "unsent events"
"""The kind of work of the relay (see `kit.wake`)."""


_IN_COLUMNS = set(ATTRIBUTES)


def publish(session: Session, *events: Event) -> None:
    """Queue `events`, in order, in the caller's transaction. The relay sends them after the commit."""
    rows = [
        {
            "id": str(event.id),
            "type": event.type,  # type: ignore[attr-defined]  # every concrete event declares its own literal
            "subject": event.report,
            "time": event.time,
            "body": event.model_dump_json(exclude=_IN_COLUMNS).encode(),
        }
        for event in events
    ]
    insert_all(session, OUTBOX, rows)
    wake.after_commit(session, UNSENT)


def relay(engine: Engine, producer: Producer, source: str, *, batch: int = 500) -> int:
    """Send the oldest unsent events of this database; return how many. Only one relay of a database runs at a time.

    Each new event gets the next number of its report, and after the send is kept in `sent`. A crash between the two
    sends the batch again: consumers drop the repeats (see `kit.inbox`).
    """
    with snapshot(engine) as session:
        if session.scalar(select(func.min(OUTBOX.c.number))) is None:
            return 0
    with in_turn(engine), exclusive(engine, "relay") as alone:
        if not alone:
            return 0
        with snapshot(engine) as session:
            # Always the lowest numbers, never "above the last number sent": a slow transaction
            # can commit a low number after a higher one was sent.
            rows = session.execute(select(OUTBOX).order_by(OUTBOX.c.number).limit(batch)).all()
            events = sent.number(session, rows)
        if not rows:
            return 0
        producer.send([_message(each.row, source, each.numbering) for each in events])
        with transaction(engine) as session:
            sent.keep(session, events, clock.now())
            session.execute(delete(OUTBOX).where(among(session, OUTBOX.c.number, [row.number for row in rows])))
        return len(rows)


def send_again(session: Session, events: Sequence[sent.SentEvent]) -> int:
    """Queue kept events once more, in this order; return how many were not queued already."""
    rows = [{name: value for name, value in event._asdict().items() if name in OUTBOX.c} for event in events]
    wake.after_commit(session, UNSENT)
    return len(insert_missing(session, OUTBOX, rows, "id"))


def ends(session: Session) -> tuple[int, int] | None:
    """The numbers of the first and the last unsent event; null when all are sent."""
    first, last = session.execute(select(func.min(OUTBOX.c.number), func.max(OUTBOX.c.number))).one()
    return None if first is None else (first, last)


def _message(row: Row[Any], source: str, numbering: Numbering) -> Message:
    return Message(
        topic=TOPIC_OF[row.type],
        key=row.subject.encode(),
        headers=headers(
            id=row.id, type=row.type, subject=row.subject, time=row.time, source=source, numbering=numbering
        ),
        value=row.body,
    )
