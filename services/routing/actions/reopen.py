"""A close is taken back. In public: that the report is open again, with a new deadline and the redacted reason."""

from sqlalchemy import select

from services.routing import cases, disclosure
from services.routing.act import Act
from services.routing.cases import Reopener
from services.routing.desk import Desk, agency_of
from services.routing.domain import ENDS, Move, NotAllowed
from services.routing.tables import ACTION, Case
from services.routing.views import AgencyActBody, PublicWordsBody, Words
from services.routing.wording import Phrase

REOPENED: Phrase = {"id": "dibuka kembali oleh petugas", "en": "opened again by an office"}


class Reopening(AgencyActBody, PublicWordsBody):
    """Why a close is taken back."""

    reason: Words
    """Why; it is public, without the personal numbers in it."""


def reopen(desk: Desk, case: Case, body: Reopening) -> None:
    """Open a closed report again, such as one that was closed by mistake. Its agency has it again, and its clock to
    respond starts anew. An agency reopens what it closed itself; an official reopens any closed report, also one that
    its reporter withdrew or that was closed by silence."""
    reason = disclosure.said(desk.rules, case, body.reason, desk.rules.say(REOPENED))
    by: Reopener = "official" if desk.caller.role == "official" else "agency"
    cases.reopen(desk.session, desk.rules, case, desk.decision(body.reason), by, reason)


def _why_not(desk: Desk, case: Case) -> NotAllowed | None:
    if case.duplicate_of is not None:
        return NotAllowed("the report was merged into another one: split it, or reopen that one")
    if desk.caller.role == "agency" and _closed_by(desk, case) != agency_of(desk.caller):
        return NotAllowed("this agency did not close the report: an official can reopen it")
    return None


def _closed_by(desk: Desk, case: Case) -> str | None:
    ends = select(ACTION.c.by).where(ACTION.c.report == case.id, ACTION.c.move.in_([str(move) for move in ENDS]))
    return desk.session.scalar(ends.order_by(ACTION.c.number.desc()).limit(1))


ACT = Act(Move.reopen, by=("agency", "official"), body=Reopening, do=reopen, why_not=_why_not)
