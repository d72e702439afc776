"""The tables of agency events and webhooks. Core tables: they are read by position."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from kit.db import ROW_NUMBER, Instant
from services.routing.tables import Base

OFFICIALS = "official"
"""The recipient of the events of reports that no agency has."""

AGENCY_EVENT = Table(
    "agency_event",
    Base.metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("recipient", String(64), nullable=False),
    Column("position", BigInteger),
    Column("id", String(36), nullable=False),
    Column("report", String(36), nullable=False),
    Column("at", Instant, nullable=False),
    Column("type", String(32), nullable=False),
    Column("by", String(64), nullable=False),
    Column("agency", String(64)),
    Column("status", String(16), nullable=False),
    Column("added_at", Instant),
    Column("reference", String(100)),
    Index("agency_event_in_order", "recipient", "position", unique=True),
)
Index(
    "agency_event_without_position",
    AGENCY_EVENT.c.number,
    sqlite_where=AGENCY_EVENT.c.position.is_(None),
    postgresql_where=AGENCY_EVENT.c.position.is_(None),
)
"""`position` counts a recipient's events from 1 without a gap; null until `feed.put_in_order` gives it.

`agency` and `status`: of the report, after the event. `added_at`: when it got its position, from which it is kept for
so many days (`at` may be years earlier, if an import brought the report); null: a version that forgot nothing gave it.
`reference`: the recipient's own number for the report, as it was at the event.
"""

WEBHOOK = Table(
    "webhook",
    Base.metadata,
    Column("recipient", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", String(64), nullable=False),
    Column("old_secrets", Text),
    Column("old_until", Instant),
    Column("position", BigInteger, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("retry_at", Instant),
    Column("problem", Text),
    Column("stopped", Boolean, nullable=False),
)
"""One row for each recipient. `position`: of the last event that it took; `failures`: in a row since then.

`old_secrets` were used before `secret`: the newest first, separated by spaces; they sign, too, until `old_until`.

`set_at` changes when the owner sets the webhook again: results of deliveries from before then are dropped.
"""


class AgencyEvent(NamedTuple):
    """A new row of `agency_event`."""

    recipient: str
    id: str
    report: str
    at: datetime
    type: str
    by: str
    agency: str | None
    status: str
    reference: str | None = None


class Webhook(NamedTuple):
    """A row of `webhook`."""

    recipient: str
    url: str
    secret: str
    old_secrets: str | None
    old_until: datetime | None
    position: int
    set_at: datetime
    failures: int
    retry_at: datetime | None
    problem: str | None
    stopped: bool

    def valid_old_secrets(self, now: datetime) -> list[str]:
        """The older secrets that still sign beside `secret`."""
        return self.old_secrets.split() if self.old_secrets and self.old_until and now < self.old_until else []
