"""An official keeps a report back. In public: nothing."""

from services.routing import cases
from services.routing.act import Act
from services.routing.desk import Desk
from services.routing.domain import Move
from services.routing.tables import Case
from services.routing.views import RequestBody, Words


class Hold(RequestBody):
    """Why a report is held."""

    reason: Words | None = None
    """Why it is kept back; for officials."""


def hold(desk: Desk, case: Case, body: Hold) -> None:
    """Keep the report back for an official, with a reason."""
    decision = desk.decision(body.reason)
    if case.due_at is None:
        clock = desk.rules.verify_by(case.category, desk.now)
        cases.move(desk.session, case, Move.hold, decision, held_reason=body.reason, **clock)
    else:
        wake_at = case.wake_at if case.escalated_at else case.due_at
        cases.move(desk.session, case, Move.hold, decision, held_reason=body.reason, wake_at=wake_at)


ACT = Act(Move.hold, by=("official",), body=Hold, do=hold)
