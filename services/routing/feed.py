"""The agency events: each change of a report, for the agency that has it, in an order that never changes.

An event names the report and the type of change, and has none of the report's words: they are read with a key.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, func, select, update
from sqlmodel import Session

from contracts.ids import new_id
from kit.rows import insert_all
from services.routing.domain import Move
from services.routing.feed_tables import AGENCY_EVENT, OFFICIALS, AgencyEvent
from services.routing.tables import Action, Case

TYPES: Mapping[str, str] = {
    **{str(move): f"report.{move.past}" for move in Move},
    "amend": "report.amended",
    "satisfied": "report.satisfied",
    "unsatisfied": "report.unsatisfied",
    "relocate": "report.relocated",
    "update": "report.updated",
}
"""The type of event for each entry of a case's history."""

ORDER_EACH = 1.0
"""Seconds between two runs of `put_in_order`: a new event cannot be read earlier."""
_BATCH = 5000


class UnknownCursor(Exception):
    """No event has this cursor; one reason is a database restored from an older copy."""


def events_of(action: Action, case: Case, status: str) -> list[AgencyEvent]:
    """The events of an `action` that left the `case` at `status`: for its agency and, of a transfer, the one before."""
    recipients = {agency for agency in (case.agency, action.agency) if agency} or {OFFICIALS}
    kind = TYPES[action.move]
    return [
        AgencyEvent(recipient, str(new_id()), action.report, action.at, kind, action.by, action.agency, status)
        for recipient in sorted(recipients)
    ]


def add(session: Session, events: Sequence[AgencyEvent]) -> None:
    """Insert the `events`, in order, in the caller's transaction; they can be read once they have a position."""
    insert_all(session, AGENCY_EVENT, [event._asdict() for event in events])


def put_in_order(session: Session, now: datetime) -> None:
    """Give positions to the committed events that have no position; runs in one process of a database at a time.

    They cannot be given on insert: numbers are taken before the commit, and a program that had read up to a higher
    number would never see a lower number that was committed later.
    """
    waiting = select(AGENCY_EVENT.c.number, AGENCY_EVENT.c.recipient).where(AGENCY_EVENT.c.position.is_(None))
    new = waiting.order_by(AGENCY_EVENT.c.number).limit(_BATCH).cte("new")
    stored, recipients = AGENCY_EVENT.alias("stored"), select(new.c.recipient).distinct().subquery()
    newest = select(func.coalesce(func.max(stored.c.position), 0)).where(stored.c.recipient == recipients.c.recipient)
    # Computed once for each recipient: for each row, it would scan the rows that this statement has written.
    positions = select(recipients.c.recipient, newest.scalar_subquery().label("position")).cte("last")
    last = positions.prefix_with("MATERIALIZED", dialect="postgresql")
    offset = func.row_number().over(partition_by=new.c.recipient, order_by=new.c.number)
    both = new.join(last, last.c.recipient == new.c.recipient)
    ordered = select(new.c.number, (last.c.position + offset).label("position")).select_from(both).cte("ordered")
    session.execute(
        update(AGENCY_EVENT).values(position=ordered.c.position).where(AGENCY_EVENT.c.number == ordered.c.number)
    )


def after(session: Session, recipient: str, position: int, limit: int) -> Sequence[Row[tuple[object, ...]]]:
    """The recipient's events after this position, in order."""
    events = select(AGENCY_EVENT).where(AGENCY_EVENT.c.recipient == recipient, AGENCY_EVENT.c.position > position)
    return session.execute(events.order_by(AGENCY_EVENT.c.position).limit(limit)).all()


def check_position(session: Session, recipient: str, position: int) -> None:
    """Raise `UnknownCursor` if the position is later than the recipient's last event; 0 is always valid."""
    if position > last_position(session, recipient):
        raise UnknownCursor("no event has this number yet; to read all events again, begin at cursor 0")


def last_position(session: Session, recipient: str) -> int:
    """The position of the recipient's last event; 0 if there is none."""
    last = select(func.max(AGENCY_EVENT.c.position)).where(AGENCY_EVENT.c.recipient == recipient)
    return session.scalar(last) or 0
