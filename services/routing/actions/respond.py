"""An agency answers a report. In public: its redacted words; without them if the report is withheld."""

from services.routing import cases
from services.routing.act import Act
from services.routing.desk import Desk, agency_of
from services.routing.domain import Move
from services.routing.tables import Case
from services.routing.views import AgencyActBody, PublicWordsBody, Words


class Respond(AgencyActBody, PublicWordsBody):
    """An agency's answer."""

    text: Words
    """The words of the answer. They are public, without the personal numbers in them."""
    acted: bool
    """true: the agency did something; false: it explained."""


def respond(desk: Desk, case: Case, body: Respond) -> None:
    """The agency's public answer; personal numbers in it are masked."""
    decision = desk.decision("acted" if body.acted else "answered")
    agency = agency_of(desk.caller)
    cases.respond(desk.session, desk.rules, case, agency, body.text, decision, acted=body.acted, silent_from=desk.now)


ACT = Act(Move.respond, by=("agency",), body=Respond, do=respond)
