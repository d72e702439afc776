"""An official gives a verified report to another agency. In public: a disposition, with the reason redacted."""

from services.routing import cases
from services.routing.act import Act
from services.routing.desk import Desk
from services.routing.domain import Assigned, Move
from services.routing.tables import Case
from services.routing.views import Name, Sent, Words


class Dispose(Sent):
    agency: Name
    category: Name | None = None
    reason: Words


def dispose(desk: Desk, case: Case, sent: Dispose) -> None:
    """Give a verified report to another agency."""
    desk.need_agency(sent.agency)
    category = case.category if sent.category is None else desk.need_category(sent.category)
    decision = desk.decision(sent.reason)
    if category == case.category:
        desk.refuse_repeat(case, Move.dispose, decision, sent.agency)
    to = Assigned(sent.agency, sent.reason)
    cases.give(desk.session, desk.rules, case, Move.dispose, to, decision, category)


ACT = Act(Move.dispose, by=("official",), body=Dispose, do=dispose)
