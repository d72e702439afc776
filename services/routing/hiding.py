"""Takes a report out of public view for who is no caller: its reporter, and the restore of an older copy."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session

from contracts.events import CaseHidden
from services.routing import cases, telling
from services.routing.cases import Decision, PublicWords, UnknownReport
from services.routing.domain import PUBLIC, Move, State
from services.routing.tables import CASE, Case


def hide(session: Session, case: Case, decision: Decision, public: str) -> None:
    """Hide a public report; one that is not public yet will be withheld. `public`: the reason that the public reads."""
    if case.status in PUBLIC and not case.hidden:
        cases.move(session, case, Move.hide, decision, hidden=True, public=PublicWords(reason=public))
        telling.publish(session, case, CaseHidden(time=decision.at, subject=case.subject, reason=public))
        return
    session.execute(update(CASE).where(CASE.c.id == case.id).values(confidential=True, updated_at=decision.at))
    cases.note(session, case, str(Move.hide), decision)


def hide_again(session: Session, report: str, by: str, reason: str, public: str, now: datetime) -> None:
    """Hide a report that was hidden already when these tables were restored from an older copy.

    `by` and `reason` are those of its hiding. One that these tables do not know, or have as hidden or as rejected,
    stays as it is.
    """
    try:
        case = cases.find(session, report)
    except UnknownReport:
        return
    if case.status != State.rejected and not case.hidden:
        hide(session, case, Decision(by, max(now, case.updated_at), reason), public)
