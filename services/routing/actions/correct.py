"""An answer gets other words. In public: the new ones, redacted; the old ones stay, or are erased for privacy."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from contracts.events import CaseCorrected
from kit import answered
from services.routing import answers, cases, disclosure, telling
from services.routing.act import Act
from services.routing.answers import EarlierAnswer
from services.routing.cases import CaseChange, MoveRefused, PublicWords
from services.routing.desk import Desk, agency_of
from services.routing.domain import Move, NotAllowed, State
from services.routing.tables import Case
from services.routing.views import WHOLE, AgencyActBody, PublicWordsBody, Words


class Correction(AgencyActBody, PublicWordsBody):
    """The words of an answer as they should be."""

    answer: Annotated[
        int,
        Field(ge=1, le=answers.LAST, description="The answer's number, as the report's history shows it."),
        WHOLE,
    ]
    text: Annotated[Words, Field(description="All words of the answer, as they should be.")]
    privacy: Annotated[
        bool,
        Field(
            description="true: the earlier words show what nobody should read, and are erased everywhere. "
            "false: they stay in the history."
        ),
    ]
    reason: Words | None = None
    """Why; it is public, without the personal numbers in it."""


def correct(desk: Desk, case: Case, body: Correction) -> None:
    """Correct the words of an earlier answer. An agency corrects its own answers, an official any. The public reads
    the new words wherever it read the old ones, and the correction in the history. With `privacy` all earlier words of
    the answer are erased, here and in public; releases that hold them are withdrawn. A report that waits for its
    reporter's silence waits anew."""
    cases.check(case, Move.correct)
    answer = answers.find(desk.session, case, body.answer)
    if desk.caller.role == "agency" and answer.agency != agency_of(desk.caller):
        raise MoveRefused("the answer is another agency's: an official can correct it")
    if answer.is_as(body.text, privacy=body.privacy):
        raise MoveRefused("the answer has these words already")
    if body.privacy:
        answers.erase(desk.session, answer)
        answered.erase(desk.session)
    change: CaseChange = {}
    if case.status == State.responded:
        change["wake_at"] = desk.rules.silent_at(case.category, desk.now)
    event = _event(desk, case, answer, body, change.get("wake_at"))
    move = (desk.session, case, Move.correct, desk.decision(body.reason))
    cases.move(*move, text=body.text, answer=body.answer, public=PublicWords(event.text, event.reason), **change)
    telling.publish(desk.session, case, event)


def _event(
    desk: Desk, case: Case, answer: EarlierAnswer, body: Correction, closes_at: datetime | None
) -> CaseCorrected:
    return CaseCorrected(
        time=desk.now,
        subject=case.subject,
        answer=body.answer,
        agency=answer.agency and disclosure.public_agency(desk.rules, case, answer.agency),
        by="official" if desk.caller.role == "official" else "agency",
        text=disclosure.public_words(desk.rules, case, body.text),
        privacy=body.privacy,
        reason=disclosure.public_words(desk.rules, case, body.reason),
        closes_at=closes_at,
    )


def _why_not(desk: Desk, case: Case) -> NotAllowed | None:
    own = answers.agencies(desk.session, case)
    if not own:
        return NotAllowed("the report has no answer yet")
    if desk.caller.role == "agency" and agency_of(desk.caller) not in own:
        return NotAllowed("no answer is this agency's: an official can correct them")
    return None


ACT = Act(Move.correct, by=("agency", "official"), body=Correction, do=correct, why_not=_why_not)
