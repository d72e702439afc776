"""An official takes a report out of public view. In public: that, and unless it is confidential the redacted reason."""

from contracts.events import CaseHidden
from services.routing import cases, disclosure, telling
from services.routing.act import Act
from services.routing.cases import PublicWords
from services.routing.desk import Desk
from services.routing.domain import Move, NotAllowed
from services.routing.tables import Case
from services.routing.views import PublicWordsBody, Words
from services.routing.wording import Phrase

HIDDEN: Phrase = {"id": "disembunyikan oleh admin", "en": "hidden by an official"}


class Hide(PublicWordsBody):
    """Why a report is hidden."""

    reason: Words
    """Why it is hidden; public unless the report is confidential."""


def hide(desk: Desk, case: Case, body: Hide) -> None:
    """Take it out of public view. The public reads the redacted reason, unless the report is confidential."""
    reason = desk.rules.say(HIDDEN) if case.confidential else disclosure.written(desk.rules, body.reason)
    decision = desk.decision(body.reason)
    cases.move(desk.session, case, Move.hide, decision, hidden=True, public=PublicWords(reason=reason))
    event = CaseHidden(time=desk.now, subject=case.subject, reason=reason)
    telling.publish(desk.session, case, event)


def _why_not(_: Desk, case: Case) -> NotAllowed | None:
    return NotAllowed("the report is hidden already") if case.hidden else None


ACT = Act(Move.hide, by=("official",), body=Hide, do=hide, why_not=_why_not)
