"""An agency gives a report back. In public: that it did, with the redacted reason, and that no agency has it now."""

from contracts.events import CaseRefused
from services.routing import cases, disclosure, telling, transfers
from services.routing.act import Act
from services.routing.cases import PublicWords
from services.routing.desk import Desk, agency_of
from services.routing.domain import Move, NotAllowed
from services.routing.tables import Case
from services.routing.views import AgencyActBody, PublicWordsBody, Words
from services.routing.wording import Phrase

REFUSED: Phrase = {"id": "dikembalikan oleh instansi", "en": "given back by the agency"}


class Refusal(AgencyActBody, PublicWordsBody):
    """Why a report is given back."""

    reason: Words
    """Why; it is public, without the personal numbers in it."""


def refuse(desk: Desk, case: Case, body: Refusal) -> None:
    """Give back a report that another agency or the machine gave to this one: it is `verified` then, no agency has
    it, and an official, who is told by an event, decides anew. What an official gave cannot be given back."""
    clock = desk.rules.verify_by(case.category, desk.now)
    agency = disclosure.public_agency(desk.rules, case, agency_of(desk.caller))
    reason = disclosure.said(desk.rules, case, body.reason, desk.rules.say(REFUSED))
    move = (desk.session, case, Move.refuse, desk.decision(body.reason))
    cases.move(*move, public=PublicWords(reason=reason), agency=None, escalated_at=None, **clock)
    event = CaseRefused(time=desk.now, subject=case.subject, agency=agency, reason=reason)
    telling.publish(desk.session, case, event)


def _why_not(desk: Desk, case: Case) -> NotAllowed | None:
    return transfers.may_be_refused(desk.session, case)


ACT = Act(Move.refuse, by=("agency",), body=Refusal, do=refuse, why_not=_why_not)
