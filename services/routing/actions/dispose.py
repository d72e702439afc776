"""An official gives a verified report to another agency. In public: a disposition, with the reason redacted."""

from services.routing import cases
from services.routing.act import Act
from services.routing.desk import Desk
from services.routing.domain import Assigned, Move
from services.routing.tables import Case
from services.routing.views import Name, PublicWordsBody, Words


class Dispose(PublicWordsBody):
    """The agency that is to answer, and why."""

    agency: Name
    """The id of the agency that is to answer for it."""
    category: Name | None = None
    """The code of its category, if that changes."""
    reason: Words
    """Why this agency; it is public, without the personal numbers in it."""


def dispose(desk: Desk, case: Case, body: Dispose) -> None:
    """Give a report that is verified and not closed to an agency, also one that another agency refused."""
    desk.need_agency(body.agency)
    category = case.category if body.category is None else desk.need_category(body.category)
    decision = desk.decision(body.reason)
    recipient = Assigned(body.agency, body.reason)
    cases.dispose(desk.session, desk.rules, case, Move.dispose, recipient, decision, category)


ACT = Act(Move.dispose, by=("official",), body=Dispose, do=dispose)
