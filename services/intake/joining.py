"""Joins the pieces of a long SMS that came as messages of their own into one report, or one addition to a report.

The event of a message that may have more pieces waits in the table `joining` until no more can come. The worker then
publishes it with the words of all pieces, in the transaction that deletes its rows.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, insert, select, update
from sqlmodel import Session

from contracts.events import Channel
from kit import outbox
from kit.locks import hold
from services.intake import contacts, handlers, steps
from services.intake.commands import act_of
from services.intake.domain import TEXT_LIMIT
from services.intake.handlers import Draft
from services.intake.hearing import understand
from services.intake.meaning import Amends, Says, body_of
from services.intake.pieces import OVERTAKEN, Piece, continues, in_order, joined
from services.intake.speech import Speech
from services.intake.tables import Base

REPORT, CONTACT, MESSAGE, JOINING = (Base.metadata.tables[name] for name in ("report", "contact", "message", "joining"))
_AT_ONCE = 100
"""The most reports that are published in one transaction."""


def alone(session: Session, sender: str, *, wait: bool = True) -> bool:
    """Let no other process join messages of this sender until the transaction ends; false if another one does."""
    return hold(session, f"messages of {sender}", wait=wait)


def wait_for_more(
    session: Session, message: str, sender: str, piece: Piece, report: str, window: timedelta, files: bool
) -> None:
    """Let the event of this report wait for further pieces. `files`: it is the event of a new report."""
    _insert(session, message, sender, piece, report, files)
    _set_due(session, report, [piece], window)


class Begun(NamedTuple):
    """The pieces that came of a report or of an addition to it; or, with the message's id, of what is neither."""

    report: str
    files: bool
    pieces: tuple[Piece, ...]


def find(session: Session, sender: str, piece: Piece, speech: Speech) -> Begun | None:
    """What the same sender began last and this piece continues."""
    for begun in reversed(_begun(session, sender, piece.came_at)):
        words = body_of(joined([*begun.pieces, piece]), speech.prefix)
        if continues(begun.pieces, piece) and len(words) <= TEXT_LIMIT:
            return begun
    return None


def add(
    session: Session, message: str, sender: str, piece: Piece, begun: Begun, speech: Speech, window: timedelta
) -> None:
    """Add a piece to what was begun."""
    pieces = [*begun.pieces, piece]
    _insert(session, message, sender, piece, begun.report, begun.files)
    _set_due(session, begun.report, pieces, window)
    if begun.files:
        words = body_of(joined(pieces), speech.prefix)
        session.execute(update(REPORT).where(REPORT.c.id == begun.report).values(text=words))


def is_waiting(session: Session, report: str) -> bool:
    """Whether this report, or an addition to it, waits for further pieces."""
    return session.execute(select(JOINING.c.message).where(JOINING.c.report == report)).first() is not None


def release(session: Session, report: str, speech: Speech, country: str, *, goes_on: bool = False) -> None:
    """Publish now what waits for further pieces of this report.

    `goes_on`: pieces that come nevertheless become an addition to the report, not a report that begins within a word.
    """
    rows = session.execute(_rows().where(JOINING.c.report == report)).all()
    if not rows:
        return
    if goes_on and all(row.files and row.fills for row in rows):
        session.execute(update(JOINING).where(JOINING.c.report == report).values(files=False))
    else:
        session.execute(delete(JOINING).where(JOINING.c.report == report))
    kept = session.execute(
        select(REPORT, CONTACT.c.phone).outerjoin(CONTACT, CONTACT.c.report == REPORT.c.id).where(REPORT.c.id == report)
    ).one_or_none()
    if kept is None:
        return
    if rows[0].files:
        sent_by = contacts.kind_of_sender(kept.phone or "")
        draft = Draft(kept.text, Channel(kept.channel), kept.received_at, phone=kept.phone, sender_kind=sent_by)
        codes = handlers.codes_of_reports(session, [draft])
        outbox.publish(session, handlers.received(report, draft, country, codes, kept.repeats))
        return
    pieces = [_piece(row) for row in rows]
    meaning, known = understand(session, joined(pieces), speech)
    act = act_of(meaning)
    if isinstance(meaning, Says) and len(pieces) > 1 and meaning.text != kept.text:  # the report, with another end
        act = act_of(Amends("", meaning.text))
    if act is not None:
        at, reporter = in_order(pieces)[0].sent_at, contacts.reporter(kept.phone, None, None, country)
        steps.say(session, act.event(UUID(report), at, reporter, known))


def publish_due(session: Session, now: datetime, speech: Speech, country: str) -> datetime | None:
    """Publish what can have no further pieces; return when the next can have none, or null if nothing waits."""
    due = select(JOINING.c.report, JOINING.c.sender).where(JOINING.c.due_at <= now).distinct().limit(_AT_ONCE)
    for report, sender in session.execute(due).all():
        # A sender whose next message is being received is left for the next time.
        if alone(session, sender, wait=False) and not _has_later(session, report, now):
            release(session, report, speech, country)
    following: datetime | None = session.scalar(select(func.min(JOINING.c.due_at)))
    return following


def _has_later(session: Session, report: str, now: datetime) -> bool:
    later = select(JOINING.c.message).where(JOINING.c.report == report, JOINING.c.due_at > now)
    return session.execute(later).first() is not None


def _begun(session: Session, sender: str, now: datetime) -> list[Begun]:
    """What the sender began and may still continue, in the order in which it was begun."""
    begun: dict[str, Begun] = {}
    for row in session.execute(_rows().where(JOINING.c.sender == sender, JOINING.c.due_at > now)):
        earlier = begun.get(row.report, Begun(row.report, row.files, ()))
        begun[row.report] = earlier._replace(pieces=(*earlier.pieces, _piece(row)))
    return list(begun.values())


def _rows() -> Select[Any]:
    columns = (JOINING, MESSAGE.c.raw, MESSAGE.c.charset, MESSAGE.c.received_at)
    return select(*columns).join(MESSAGE, MESSAGE.c.id == JOINING.c.message).order_by(JOINING.c.came_at)


def _piece(row: Row[Any]) -> Piece:
    return Piece(bytes(row.raw), row.charset, row.fills, row.leads, row.received_at, row.came_at)


def _insert(session: Session, message: str, sender: str, piece: Piece, report: str, files: bool) -> None:
    session.execute(
        insert(JOINING).values(
            message=message,
            report=report,
            sender=sender,
            fills=piece.fills,
            leads=piece.leads,
            files=files,
            came_at=piece.came_at,
            due_at=piece.came_at,
        )
    )


def _set_due(session: Session, report: str, pieces: Sequence[Piece], window: timedelta) -> None:
    """The next piece can come for as long as the window; after the last one, only one that it has overtaken."""
    wait = window if all(each.fills for each in pieces) else min(window, OVERTAKEN)
    due_at = max(each.came_at for each in pieces) + wait
    session.execute(update(JOINING).where(JOINING.c.report == report).values(due_at=due_at))
