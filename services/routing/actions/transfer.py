"""An agency gives its report to another one. In public: a disposition, with the reason redacted."""

from services.routing import cases, transfers
from services.routing.act import Act
from services.routing.cases import MoveRefused
from services.routing.desk import Desk
from services.routing.domain import Assigned, Move, NotAllowed
from services.routing.tables import Case
from services.routing.views import AgencyActBody, Name, PublicWordsBody, Words


class Transfer(AgencyActBody, PublicWordsBody):
    """The agency that should answer, and why."""

    agency: Name
    """The id of the agency that should answer for it."""
    reason: Words
    """Why that agency; it is public, without the personal numbers in it."""


def transfer(desk: Desk, case: Case, body: Transfer) -> None:
    """Give the report to the agency that should answer for it, which has it at once and may refuse it. This agency
    goes on reading it, and is told by events when it is acknowledged, refused or closed. A report goes to no agency
    that gave it away before, and after three transfers an official decides."""
    desk.need_agency(body.agency)
    if body.agency == case.agency:
        raise MoveRefused("the report is with this agency already")
    cases.check(case, Move.transfer)
    if (why_not := transfers.may_go_to(desk.session, case, body.agency)) is not None:
        raise MoveRefused(why_not.reason)
    recipient = Assigned(body.agency, body.reason)
    cases.dispose(desk.session, desk.rules, case, Move.transfer, recipient, desk.decision(body.reason))


def _why_not(desk: Desk, case: Case) -> NotAllowed | None:
    return transfers.may_go_on(desk.session, case)


ACT = Act(Move.transfer, by=("agency",), body=Transfer, do=transfer, why_not=_why_not)
