"""What waits for a person in each service: what is parked, gaps of the bus, events that wait for others."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Engine, select

from kit import clock
from kit.db import snapshot
from kit.gaps import MISSED
from kit.parked import PARKED
from kit.waiting import BEHIND, WAITING

_LONG = timedelta(minutes=10)
"""An event that came before another of its report waits for it; for longer than this, something is wrong."""


def faults(service: str, engine: Engine) -> Iterator[str]:
    """A line for each parked record and each gap, and one for each reason for which events wait."""
    c, m = PARKED.c, MISSED.c
    with snapshot(engine) as session:
        columns = (c.number, c.topic, c.partition, c.offset, c.report, c.reason, c.parked_at)
        parked = session.execute(select(*columns).order_by(c.number)).all()
        missed = session.execute(select(MISSED).where(m.replayed_at.is_(None)).order_by(m.number)).all()
        stuck = (WAITING.c.reason != BEHIND) & (WAITING.c.kept_at < clock.now() - _LONG)
        reasons = session.scalars(select(WAITING.c.reason).where(stuck).distinct().order_by(WAITING.c.reason)).all()
    for row in parked:
        about = f"of report {row.report}" if row.report else "unreadable"
        where = f"{row.topic}/{row.partition}@{row.offset}"
        reason = " ".join(row.reason.split())
        yield f"{service} has parked record {row.number} ({where}, {about}, since {row.parked_at:%Y-%m-%d}): {reason}"
    for gap in missed:
        records = f"{gap.topic}/{gap.partition} from {gap.start} to {gap.end - 1}"
        yield f"{service} never had the records {records}, which the bus deleted: pendapa replay {service}"
    for reason in reasons:
        yield f"{service} keeps events waiting: {reason}"
