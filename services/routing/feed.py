"""The agency events: each change of a report, for the agency that has it, in an order that never changes.

An event names the report and the type of change, and has none of the report's words: they are read with a key.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, delete, exists, func, select, update
from sqlmodel import Session

from contracts.facts import What
from contracts.ids import new_id
from kit.retention import AT_ONCE
from kit.rows import among, insert_tuples
from services.routing import references
from services.routing.domain import Move
from services.routing.feed_tables import AGENCY_EVENT, OFFICIALS, WEBHOOK, AgencyEvent
from services.routing.tables import Action, Case

PAST: Mapping[str, str] = {
    **{str(move): move.past for move in Move},
    "urgent": What.urgent,
    "amend": What.amended,
    "satisfied": What.satisfied,
    "unsatisfied": What.unsatisfied,
    "relocate": What.relocated,
    "update": What.updated,
    "recount": What.recounted,
}
"""What happened, for each entry of a case's history as it is stored: a `What`, or the past tense of a further act."""

TYPES: Mapping[str, str] = {entry: f"report.{what}" for entry, what in PAST.items()}
"""The type of event for each entry."""

ORDER_EACH = 1.0
"""Seconds between two runs of `put_in_order`: a new event cannot be read earlier."""
_BATCH = 5000


class UnknownCursor(Exception):
    """No event has this cursor; one reason is a database restored from an older copy."""


class ForgottenCursor(Exception):
    """Events after this cursor were deleted for their age: to go on from it would be to miss them in silence."""


def events_of(action: Action, case: Case, status: str, followers: Collection[str] = ()) -> list[AgencyEvent]:
    """The events of an `action` that left the `case` at `status`.

    They are for its agency, or the officials if it has none; for the agency before; and for the `followers`.
    """
    recipients = {action.agency or OFFICIALS, *followers}
    if case.agency:
        recipients.add(case.agency)
    kind = TYPES[action.move]
    return [
        AgencyEvent(recipient, str(new_id()), action.report, action.at, kind, action.by, action.agency, status)
        for recipient in sorted(recipients)
    ]


def add(session: Session, events: Sequence[AgencyEvent]) -> None:
    """Insert the `events`, in order, in the caller's transaction; they can be read once they have a position.

    Each carries its recipient's reference of the report.
    """
    known = references.of_reports(session, {event.report for event in events})
    if known:
        events = [event._replace(reference=known.get((event.report, event.recipient))) for event in events]
    insert_tuples(session, AGENCY_EVENT, AgencyEvent._fields, events)


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
        update(AGENCY_EVENT)
        .values(position=ordered.c.position, added_at=now)
        .where(AGENCY_EVENT.c.number == ordered.c.number)
    )


def after(session: Session, recipient: str, position: int, limit: int) -> Sequence[Row[tuple[object, ...]]]:
    """The recipient's events after this position, in order."""
    events = select(AGENCY_EVENT).where(AGENCY_EVENT.c.recipient == recipient, AGENCY_EVENT.c.position > position)
    return session.execute(events.order_by(AGENCY_EVENT.c.position).limit(limit)).all()


def check_position(session: Session, recipient: str, position: int) -> None:
    """Raise `UnknownCursor` if the position is later than the recipient's last event, or `ForgottenCursor` if events
    after it were deleted; 0 is always valid, and stands for the oldest event that is kept."""
    if position > last_position(session, recipient):
        raise UnknownCursor("no event has this number yet; to read all events again, begin at cursor 0")
    if position:
        check_kept(session, recipient, position)


def check_kept(session: Session, recipient: str, position: int) -> None:
    """Raise `ForgottenCursor` if events after this position were deleted."""
    first = session.scalar(select(func.min(AGENCY_EVENT.c.position)).where(AGENCY_EVENT.c.recipient == recipient))
    if first is not None and position < first - 1:
        raise ForgottenCursor(
            f"the events {position + 1} to {first - 1} were deleted for their age; begin at cursor 0, which gives the "
            f"oldest event that is kept, and read your reports once at /agency/v1/reports"
        )


def forget(session: Session, before: datetime, now: datetime) -> int:
    """Delete some events that can be read since before then; return how many.

    A recipient's newest event stays, as the next number needs it, and so does what a webhook still has to take.
    """
    c, newest = AGENCY_EVENT.c, AGENCY_EVENT.alias("newest")
    added_at = func.coalesce(c.added_at, c.at, type_=c.at.type).label("added_at")
    oldest = select(c.number, c.recipient, c.position, added_at).where(c.position.is_not(None))
    old = oldest.order_by(c.number).limit(AT_ONCE).subquery()
    last = select(func.max(newest.c.position)).where(newest.c.recipient == old.c.recipient).scalar_subquery()
    to_take = exists().where(
        WEBHOOK.c.recipient == old.c.recipient, WEBHOOK.c.position < old.c.position, ~WEBHOOK.c.stopped
    )
    numbers = session.scalars(
        select(old.c.number).where(old.c.added_at < before, old.c.position < last, ~to_take)
    ).all()
    if numbers:
        session.execute(delete(AGENCY_EVENT).where(among(session, c.number, numbers)))
    return len(numbers)


def last_position(session: Session, recipient: str) -> int:
    """The position of the recipient's last event; 0 if there is none."""
    last = select(func.max(AGENCY_EVENT.c.position)).where(AGENCY_EVENT.c.recipient == recipient)
    return session.scalar(last) or 0
