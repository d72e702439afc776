"""An agency answers a report. In public: its words, redacted; of a withheld report that it answered."""

from contracts.events import CaseResponded
from kit import outbox
from services.routing import cases, disclosure
from services.routing.act import Act
from services.routing.desk import Desk, agency_of
from services.routing.domain import Move
from services.routing.tables import Case
from services.routing.views import Sent, Words


class Response(Sent):
    text: Words
    acted: bool
    """Something was done, not only explained."""


def respond(desk: Desk, case: Case, sent: Response) -> None:
    """The agency's public answer; personal numbers in it are masked."""
    decision = desk.decision("acted" if sent.acted else "answered")
    desk.refuse_repeat(case, Move.respond, decision, case.agency, sent.text)
    silent_at = desk.rules.silent_at(case.category, desk.now)
    cases.move(desk.session, case, Move.respond, decision, text=sent.text, wake_at=silent_at)
    event = CaseResponded(
        time=desk.now,
        subject=case.subject,
        agency=disclosure.public_agency(desk.rules, case, agency_of(desk.caller)),
        text=disclosure.public_words(case, sent.text),
        acted=sent.acted,
    )
    outbox.publish(desk.session, event)


ACT = Act(Move.respond, by=("agency",), body=Response, do=respond)
