"""An agency takes a report up. In public: that this agency did."""

from contracts.events import CaseAcknowledged
from services.routing import cases, disclosure, telling
from services.routing.act import Act
from services.routing.desk import Desk, agency_of
from services.routing.domain import Move
from services.routing.tables import Case
from services.routing.views import AgencyActBody


class Acknowledgement(AgencyActBody):
    """All that it takes may be left out."""


def acknowledge(desk: Desk, case: Case, _: Acknowledgement) -> None:
    """The agency takes the report up."""
    cases.move(desk.session, case, Move.acknowledge, desk.decision())
    agency = disclosure.public_agency(desk.rules, case, agency_of(desk.caller))
    event = CaseAcknowledged(time=desk.now, subject=case.subject, agency=agency)
    telling.publish(desk.session, case, event)


ACT = Act(Move.acknowledge, by=("agency",), body=Acknowledgement, do=acknowledge)
