"""An agency gives its report to another one. In public: a disposition, with the reason redacted."""

from services.routing import cases
from services.routing.act import Act
from services.routing.cases import MoveRefused
from services.routing.desk import Desk
from services.routing.domain import Assigned, Move
from services.routing.tables import Case
from services.routing.views import Name, Sent, Words


class Transfer(Sent):
    agency: Name
    reason: Words


def transfer(desk: Desk, case: Case, sent: Transfer) -> None:
    """Give it to the agency that should have it."""
    desk.need_agency(sent.agency)
    if sent.agency == case.agency:
        raise MoveRefused("the report is with this agency already")
    to = Assigned(sent.agency, sent.reason)
    cases.give(desk.session, desk.rules, case, Move.transfer, to, desk.decision(sent.reason))


ACT = Act(Move.transfer, by=("agency",), body=Transfer, do=transfer)
