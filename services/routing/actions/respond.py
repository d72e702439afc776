"""An agency answers a report. In public: its redacted words; without them if the report is withheld."""

from contracts.events import CaseResponded
from kit import outbox
from services.routing import cases, disclosure
from services.routing.act import Act
from services.routing.desk import Desk, agency_of
from services.routing.domain import Move
from services.routing.tables import Case
from services.routing.views import RequestBody, Words


class Response(RequestBody):
    text: Words
    acted: bool
    """The agency did something; false if it only explained."""


def respond(desk: Desk, case: Case, body: Response) -> None:
    """The agency's public answer; personal numbers in it are masked."""
    decision = desk.decision("acted" if body.acted else "answered")
    desk.refuse_repeat(case, Move.respond, decision, case.agency, body.text)
    silent_at = desk.rules.silent_at(case.category, desk.now)
    cases.move(desk.session, case, Move.respond, decision, text=body.text, wake_at=silent_at)
    event = CaseResponded(
        time=desk.now,
        subject=case.subject,
        agency=disclosure.public_agency(desk.rules, case, agency_of(desk.caller)),
        text=disclosure.public_words(case, body.text),
        acted=body.acted,
    )
    outbox.publish(desk.session, event)


ACT = Act(Move.respond, by=("agency",), body=Response, do=respond)
