"""Deletes what is older than its setting says: some rows at a time, so that no transaction grows with a backlog."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Table, delete, select
from sqlmodel import Session

from kit import answered, inbox, parked, sent
from kit.gaps import MISSED
from kit.jobs.ticks import Tick
from kit.rows import among

logger = logging.getLogger(__name__)

AT_ONCE = 5000
"""The most rows of a table that are deleted in one transaction."""
EACH = 20.0
"""Seconds between two transactions; so up to 21 million rows of a table can go in a day."""
STILL_EACH = 600.0
"""The same after a transaction that found nothing old."""


class Retention(NamedTuple):
    """How long the rows of one table are kept. `setting`: the name of the setting that says so."""

    table: Table
    setting: str
    days: int
    forget: Callable[[Session, datetime, datetime], int]
    """Deletes some of the rows from before its second argument; returns how many. The third is the time now."""
    each: float = EACH
    """Seconds between two transactions."""


class Keeping(NamedTuple):
    """The days for which the kit's own tables are kept, from `kit.settings`."""

    claims: int = 40
    parked: int = 365
    acts: int = 1825
    sent: int | None = None
    """Null: the service sends nothing."""


DEFAULT = Keeping()


def of_kit(keeping: Keeping) -> list[Retention]:
    """The retentions of the tables that every service has."""
    days = keeping.sent
    of_sent = [] if days is None else [Retention(sent.SENT, "keep_sent_days", days, _forget_sent, each=3600.0)]
    return [
        Retention(inbox.INBOX, "keep_claims_days", keeping.claims, _forget_claims),
        Retention(parked.PARKED, "keep_parked_days", keeping.parked, _forget_parked),
        Retention(parked.ACT, "keep_acts_days", keeping.acts, of_rows(parked.ACT.c.number, parked.ACT.c.at)),
        Retention(answered.ANSWERED, "1 day", answered.KEPT_DAYS, answered.forget),
        Retention(MISSED, "keep_acts_days", keeping.acts, of_rows(MISSED.c.number, MISSED.c.replayed_at)),
        *of_sent,
    ]


def of_rows(
    key: Column[Any], at: Column[Any], *only: ColumnElement[bool], order: Column[Any] | None = None
) -> Callable[[Session, datetime, datetime], int]:
    """Deletes rows by their time `at`; those without one stay. `order`: an indexed column: the oldest are first."""
    order = key if order is None else order

    def forget(session: Session, before: datetime, now: datetime) -> int:
        oldest = select(key.label("key"), at.label("at")).where(*only).order_by(order).limit(AT_ONCE).subquery()
        old = session.scalars(select(oldest.c.key).where(oldest.c.at < before)).all()
        if old:
            session.execute(delete(key.table).where(among(session, key, old)))
        return len(old)

    return forget


def ticks(retentions: Sequence[Retention]) -> list[Tick]:
    """The ticks that forget what is old, one for each table."""
    return [Tick(each.each, _Forgetting(each), dated=True) for each in retentions]


class _Forgetting:
    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self.__name__ = f"forget-{retention.table.name}"  # of the lock under which the tick runs

    def __call__(self, session: Session, now: datetime) -> datetime | None:
        table, setting, days, forget, each = self._retention
        gone = forget(session, now - timedelta(days=days), now)
        if gone:
            logger.info("%d rows of %s were older than %s: deleted", gone, table.name, setting)
        return None if gone else now + timedelta(seconds=max(each, STILL_EACH))


def _forget_claims(session: Session, before: datetime, now: datetime) -> int:
    return inbox.forget(session, before, AT_ONCE)


def _forget_sent(session: Session, before: datetime, now: datetime) -> int:
    return sent.forget(session, before, AT_ONCE * 10)


def _forget_parked(session: Session, before: datetime, now: datetime) -> int:
    c = parked.PARKED.c
    oldest = select(c.number, c.parked_at).order_by(c.number).limit(100).subquery()
    old = session.scalars(select(oldest.c.number).where(oldest.c.parked_at < before).order_by(oldest.c.number)).all()
    for number in old:
        parked.discard(session, number, "retention", "older than keep_parked_days", now)
        logger.warning("the parked record %d was discarded: nobody decided about it in time", number)
    return len(old)
