"""What agencies are told: each thing that happens to a report of theirs, in an order that never changes.

An event names the report and what happened, none of its words: who may read those asks for the report with a key.
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
}
"""The type of event for each thing that can stand in a case's history."""

PUT_EACH = 1.0
"""Seconds between two looks for events without a position; so long, at most, until they can be read."""
_MANY = 5000


class UnknownCursor(Exception):
    """It is of an event that is not there, as after a return to an older copy of the database."""


def about(action: Action, case: Case, status: str) -> list[AgencyEvent]:
    """Who is told of the `action`, by which the `case` came to stand at `status`: who has it now, and who had it."""
    recipients = {agency for agency in (case.agency, action.agency) if agency} or {OFFICIALS}
    kind = TYPES[action.move]
    return [
        AgencyEvent(recipient, str(new_id()), action.report, action.at, kind, action.by, action.agency, status)
        for recipient in sorted(recipients)
    ]


def tell(session: Session, events: Sequence[AgencyEvent]) -> None:
    """Keep the `events`, in order, in the caller's transaction; they can be read once they have a position."""
    insert_all(session, AGENCY_EVENT, [event._asdict() for event in events])


def put_in_order(session: Session, now: datetime) -> None:
    """Give the committed events that have none their positions; one at a time on a database.

    Not as they are written: numbers are taken before the commit, and who had read up to a higher
    one would never see a lower one that was committed later.
    """
    waiting = select(AGENCY_EVENT.c.number, AGENCY_EVENT.c.recipient).where(AGENCY_EVENT.c.position.is_(None))
    new = waiting.order_by(AGENCY_EVENT.c.number).limit(_MANY).cte("new")
    told, recipients = AGENCY_EVENT.alias("told"), select(new.c.recipient).distinct().subquery()
    newest = select(func.coalesce(func.max(told.c.position), 0)).where(told.c.recipient == recipients.c.recipient)
    # Once for each recipient: asked for each row, it would pass over all that this very statement has written.
    once = select(recipients.c.recipient, newest.scalar_subquery().label("position")).cte("last")
    last = once.prefix_with("MATERIALIZED", dialect="postgresql")
    place = func.row_number().over(partition_by=new.c.recipient, order_by=new.c.number)
    both = new.join(last, last.c.recipient == new.c.recipient)
    placed = select(new.c.number, (last.c.position + place).label("position")).select_from(both).cte("placed")
    session.execute(
        update(AGENCY_EVENT).values(position=placed.c.position).where(AGENCY_EVENT.c.number == placed.c.number)
    )


def after(session: Session, recipient: str, position: int, limit: int) -> Sequence[Row[tuple[object, ...]]]:
    """The recipient's events after this position, in order."""
    mine = select(AGENCY_EVENT).where(AGENCY_EVENT.c.recipient == recipient, AGENCY_EVENT.c.position > position)
    return session.execute(mine.order_by(AGENCY_EVENT.c.position).limit(limit)).all()


def need(session: Session, recipient: str, position: int) -> None:
    """Raise `UnknownCursor` if the recipient has had no event of this position; 0 stands before the first."""
    if position > last_position(session, recipient):
        raise UnknownCursor("there is no event of this number yet; to begin anew, ask from 0")


def last_position(session: Session, recipient: str) -> int:
    """How many events the recipient has had."""
    last = select(func.max(AGENCY_EVENT.c.position)).where(AGENCY_EVENT.c.recipient == recipient)
    return session.scalar(last) or 0
