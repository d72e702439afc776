"""An agency takes a report up. In public: that this agency did."""

from contracts.events import CaseAcknowledged
from kit import outbox
from services.routing import cases, disclosure
from services.routing.act import Act, NoBody
from services.routing.desk import Desk, agency_of
from services.routing.domain import Move
from services.routing.tables import Case


def acknowledge(desk: Desk, case: Case, _: NoBody) -> None:
    """The agency takes the report up."""
    cases.move(desk.session, case, Move.acknowledge, desk.decision())
    agency = disclosure.public_agency(desk.rules, case, agency_of(desk.caller))
    outbox.publish(desk.session, CaseAcknowledged(time=desk.now, subject=case.subject, agency=agency))


ACT = Act(Move.acknowledge, by=("agency",), body=NoBody, do=acknowledge)
