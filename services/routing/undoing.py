"""Takes back what an undone import brought: a public report is hidden, one that the desk holds is rejected."""

from datetime import datetime

from sqlmodel import Session

from contracts.events import CaseHidden
from services.routing import cases, telling
from services.routing.cases import Decision
from services.routing.domain import PUBLIC, Move, State
from services.routing.rules import Rules
from services.routing.tables import Case


def undo(session: Session, rules: Rules, case: Case, number: int, now: datetime) -> None:
    """Hide or reject the report of import `number`; what is hidden or rejected already stays as it is."""
    reason = rules.words.undone.format(number=number)
    decision = Decision("official", now, reason)
    if case.status == State.rejected or case.hidden:
        return
    if case.status not in PUBLIC:
        cases.reject(session, case, Move.reject, decision, reason)
        return
    cases.move(session, case, Move.hide, decision, hidden=True, wake_at=None)  # nobody is late with it any more
    telling.publish(session, case, CaseHidden(time=now, subject=case.subject, reason=reason))
