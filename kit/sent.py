"""The table `sent`: events that were sent, numbered by report, to be sent again to a consumer that lacks them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    select,
    update,
)
from sqlmodel import Session

from kit.bus.cloudevents import Numbering
from kit.db import KIT, ROW_NUMBER, Instant
from kit.rows import among, insert_all

SENT = Table(
    "sent",
    KIT,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("type", String(64), nullable=False),
    Column("subject", String(36), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("time", Instant, nullable=False),
    Column("body", LargeBinary, nullable=True),  # null: deleted for its age; the row keeps the report's last number
    Column("sent_at", Instant, nullable=False, index=True),
    UniqueConstraint("subject", "seq", name="sent_of_report"),
    sqlite_autoincrement=True,
)


class SentEvent(NamedTuple):
    """An event that was sent."""

    id: str
    type: str
    subject: str
    seq: int
    time: datetime
    body: bytes
    sent_at: datetime


class Numbered(NamedTuple):
    """A row of the outbox with its number; `repeated`: the event is in `sent` already."""

    row: Row[Any]
    numbering: Numbering
    repeated: bool


class _NumberedId(NamedTuple):
    """An event in `sent`; `forgotten`: its body was deleted."""

    seq: int
    id: str
    forgotten: bool


def number(session: Session, rows: Sequence[Row[Any]]) -> list[Numbered]:
    """Each row of the outbox with the next number of its report, or with the number that it was sent with before."""
    numbered = _load(session, list(dict.fromkeys(row.subject for row in rows)))
    return [_number(numbered[row.subject], row) for row in rows]


def _number(events: list[_NumberedId], row: Row[Any]) -> Numbered:
    """`events`: the numbered events of the row's report, in order; a new event is appended."""
    position = next((position for position, each in enumerate(events) if each.id == row.id), len(events))
    repeated = position < len(events)
    if not repeated:
        events.append(_NumberedId(events[-1].seq + 1 if events else 1, row.id, forgotten=False))
    before = events[position - 1] if position else None
    after = None if before is None or before.forgotten else before.id
    return Numbered(row, Numbering(events[position].seq, after), repeated)


def keep(session: Session, events: Sequence[Numbered], now: datetime) -> None:
    """Keep the sent events that are new."""
    new = [
        {
            "id": row.id,
            "type": row.type,
            "subject": row.subject,
            "seq": numbering.seq,
            "time": row.time,
            "body": row.body,
            "sent_at": now,
        }
        for row, numbering, repeated in events
        if not repeated
    ]
    insert_all(session, SENT, new)


def kept_events(
    session: Session, first: Sequence[str], *, report: str | None, since: datetime | None
) -> Iterator[list[SentEvent]]:
    """The kept events in batches, oldest first; but all events of the types `first` come before any others."""
    c = SENT.c
    wanted: list[ColumnElement[bool]] = [c.body.is_not(None)]
    if report is not None:
        wanted.append(c.subject == report)
    if since is not None:
        wanted.append(c.sent_at >= since)
    for of_type in (c.type.in_(first), c.type.not_in(first)):
        columns = (c.number, c.id, c.type, c.subject, c.seq, c.time, c.body, c.sent_at)
        last = 0
        while rows := session.execute(
            select(*columns).where(of_type, c.number > last, *wanted).order_by(c.number).limit(500)
        ).all():
            last = rows[-1].number
            yield [SentEvent(id, type, of, seq, time, bytes(body), at) for _, id, type, of, seq, time, body, at in rows]


def forget(session: Session, before: datetime, limit: int = 5000) -> int:
    """Delete events sent before then, `limit` at most; return how many.

    Each report keeps its last row, without the body: the next number needs it.
    """
    newest, c = SENT.alias("newest"), SENT.c
    last = select(func.max(newest.c.seq)).where(newest.c.subject == c.subject).scalar_subquery()
    old = session.execute(
        select(c.number, c.subject, (c.seq < last).label("followed"))
        .where(c.sent_at < before, c.body.is_not(None))
        .order_by(c.sent_at)
        .limit(limit)
    ).all()
    for followed in (True, False):
        of_kind = among(session, c.number, [row.number for row in old if bool(row.followed) is followed])
        session.execute(delete(SENT).where(of_kind) if followed else update(SENT).where(of_kind).values(body=None))
    # What was left without a body, as the last of its report, and is not the last any more.
    reports = list({row.subject for row in old})
    session.execute(delete(SENT).where(among(session, c.subject, reports), c.body.is_(None), c.seq < last))
    return len(old)


def _load(session: Session, reports: Sequence[str]) -> dict[str, list[_NumberedId]]:
    columns = (SENT.c.subject, SENT.c.seq, SENT.c.id, SENT.c.body.is_(None))
    wanted = select(*columns).where(among(session, SENT.c.subject, reports)).order_by(SENT.c.subject, SENT.c.seq)
    numbered: dict[str, list[_NumberedId]] = defaultdict(list)
    for subject, seq, id, forgotten in session.execute(wanted):
        numbered[subject].append(_NumberedId(seq, id, bool(forgotten)))
    return numbered
