"""Tells the reporters of merged reports what happens to the main report: they are answered, too."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from contracts.events import (
    CaseAcknowledged,
    CaseAmended,
    CaseClosed,
    CaseCorrected,
    CaseDisposed,
    CaseHidden,
    CaseRefused,
    CaseReopened,
    CaseRescheduled,
    CaseResponded,
    CaseTold,
    Closure,
    Event,
    ToldOf,
)
from kit import outbox
from services.routing.domain import PUBLIC, Move, State
from services.routing.tables import ACTION, CASE, Case

_TOLD: dict[type[Event], ToldOf] = {
    CaseDisposed: "disposed",
    CaseRefused: "refused",
    CaseAcknowledged: "acknowledged",
    CaseResponded: "responded",
    CaseCorrected: "corrected",
    CaseAmended: "amended",
    CaseClosed: "closed",
    CaseReopened: "reopened",
    CaseRescheduled: "rescheduled",
    CaseHidden: "hidden",
}
_STANDS: dict[str, ToldOf] = {
    State.verified: "verified",
    State.disposed: "disposed",
    State.in_progress: "acknowledged",
    State.responded: "responded",
    State.closed: "closed",
    State.reopened: "reopened",
}


def publish(session: Session, main: Case, event: Event) -> None:
    """Publish the event of a case and, if reports were merged into it, tell their reporters."""
    outbox.publish(session, event)
    what = _TOLD.get(type(event))
    if not main.merged_count or what is None:
        return
    for merged in merged_into(session, main.id):
        outbox.publish(session, _told(main, merged, event, what))


def merged_into(session: Session, main: str) -> list[Case]:
    """The reports that are merged into this one, the newest first."""
    query = select(CASE).where(CASE.c.duplicate_of == main).order_by(CASE.c.received_at.desc(), CASE.c.id)
    return [Case(**row._mapping) for row in session.execute(query)]


def may_be_linked(case: Case, main: Case) -> bool:
    """Whether the public may know that these two are about the same: the words of one tell of the other."""
    return all(is_shown(each) for each in (case, main))


def is_shown(case: Case) -> bool:
    """Whether the public reads its words."""
    was_public = case.status in PUBLIC
    return was_public and not case.confidential and not case.hidden


def stands(session: Session, main: Case, merged: Case, at: datetime) -> CaseTold:
    """Where the main report stands, for the reporter of one that was just merged into it."""
    linked = may_be_linked(merged, main)
    return CaseTold(
        time=at,
        subject=merged.subject,
        what=_STANDS[main.status],
        agency=main.agency if linked else None,
        text=_newest_words(session, main.id) if linked else None,
        closure=Closure(main.closure) if main.closure else None,
        due_at=main.closes_at or main.next_due_at,
    )


def _told(main: Case, merged: Case, event: Event, what: ToldOf) -> CaseTold:
    said = vars(event)
    linked = may_be_linked(merged, main)
    is_answer = isinstance(event, CaseResponded | CaseCorrected | CaseClosed)
    return CaseTold(
        time=event.time,
        subject=UUID(merged.id),
        what="transferred" if said.get("transferred_by") else what,
        agency=said.get("agency") if linked else None,
        text=said.get("text") if linked and is_answer else None,
        acted=said.get("acted"),
        closure=said.get("closure"),
        due_at=said.get("due_at") or said.get("closes_at"),
        privacy=bool(said.get("privacy")) or isinstance(event, CaseHidden),
    )


def _newest_words(session: Session, main: str) -> str | None:
    answers = (str(Move.respond), str(Move.correct), str(Move.close))
    words = select(ACTION.c.public_text).where(ACTION.c.report == main, ACTION.c.move.in_(answers))
    newest = words.where(ACTION.c.public_text.is_not(None), ACTION.c.erased.is_not(True)).order_by(
        ACTION.c.number.desc()
    )
    return session.scalar(newest.limit(1))
