"""Withdrawing releases: a report that is hidden must leave those that were cut before, too."""

from datetime import datetime

from sqlalchemy import exists, select, update
from sqlmodel import Session

from services.publish.log_tables import LEAF, RELEASE

REASON = "a report in it was hidden"


def withdraw(session: Session, first: int, now: datetime) -> None:
    """Withdraw every release that holds the report whose first leaf is `first`; call it where the report is hidden.

    A release holds exactly what became public before its log ended, as record and leaf are one transaction.
    """
    holding = (RELEASE.c.size > first) & RELEASE.c.withdrawn_at.is_(None)
    session.execute(update(RELEASE).where(holding).values(withdrawn_at=now, reason=REASON))


def is_overtaken(session: Session, size: int) -> bool:
    """Whether a report that was public when the log had `size` leaves has been hidden since."""
    earlier = LEAF.alias()
    was_public = exists().where((earlier.c.report == LEAF.c.report) & (earlier.c.index < size))
    hiding = select(LEAF.c.index).where(LEAF.c.index >= size, LEAF.c.hides, was_public)
    return session.execute(hiding.limit(1)).first() is not None
