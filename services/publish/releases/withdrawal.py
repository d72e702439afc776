"""Withdrawing releases: a report that is hidden, and words that are erased, must leave those of before, too."""

from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlmodel import Session

from services.publish.tables import LEAF, RELEASE

REASON = "a report in it was hidden"
ERASED = "words in it were erased for privacy"
OLDER = "it was cut by an older version, which did not know all that the log commits to"


def withdraw(session: Session, first: int, now: datetime, reason: str = REASON) -> None:
    """Withdraw every release that holds the leaf `first`, the first of a report that is hidden or with words that are
    erased; in the transaction that does so.

    A release holds exactly what became public before its log ended, as record and leaf are one transaction.
    """
    holding = (RELEASE.c.size > first) & RELEASE.c.withdrawn_at.is_(None)
    session.execute(update(RELEASE).where(holding).values(withdrawn_at=now, reason=reason))


def is_overtaken(session: Session, size: int) -> bool:
    """Whether a report that was public when the log had `size` leaves was hidden since, or words of it erased."""
    earlier = LEAF.alias()
    was_public = exists().where((earlier.c.report == LEAF.c.report) & (earlier.c.index < size))
    hiding = select(LEAF.c.index).where(LEAF.c.index >= size, LEAF.c.hides | LEAF.c.erases, was_public)
    return session.execute(hiding.limit(1)).first() is not None


def withdraw_older(session: Session, after: int, now: datetime) -> int:
    """Withdraw releases of the version before that hold facts of newer forms: they would not verify.

    Such a process may run beside this one while they are replaced; a release of all datasets is then due at once.
    Looks at releases with a number above `after`; returns the highest number that there is.
    """
    newest = session.scalar(select(func.max(RELEASE.c.number))) or 0
    if newest > after:
        newer = exists().where((LEAF.c.index < RELEASE.c.size) & (LEAF.c.form >= 2))
        cut_by_older = (RELEASE.c.number > after) & RELEASE.c.datasets.is_(None) & RELEASE.c.withdrawn_at.is_(None)
        session.execute(update(RELEASE).where(cut_by_older & newer).values(withdrawn_at=now, reason=OLDER))
    return newest
