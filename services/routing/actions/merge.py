"""An official merges a report into another one about the same. In public: that it ended, and as whose duplicate."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.routing import cases, merging
from services.routing.act import Act
from services.routing.cases import MoveRefused, UnknownReport
from services.routing.desk import Desk, UnknownName
from services.routing.domain import Move, NotAllowed
from services.routing.tables import Case
from services.routing.views import PublicWordsBody, Words


class Merge(PublicWordsBody):
    """The report that goes on for both."""

    into: Annotated[UUID, Field(strict=False)]
    """The id of the main report. It is public, and was not merged into another one itself."""
    reason: Words | None = None
    """Why they are the same; it is public, without the personal numbers in it."""


def merge(desk: Desk, case: Case, body: Merge) -> None:
    """Merge the report into another one about the same matter: it is closed as a duplicate, or never becomes public if
    it was held. Its reporter is told what happens to the main report, and the main report's agency may read it. Into a
    closed report, too: its reporter then hears how that ended, and may say that the problem remains."""
    cases.check(case, Move.merge)
    try:
        main = cases.find(desk.session, str(body.into))
    except UnknownReport:
        raise UnknownName(f"there is no report {body.into}") from None
    if (why_not := merging.may_take(main, case)) is not None:
        raise MoveRefused(why_not.reason)
    merging.merge(desk.session, desk.rules, case, main, desk.decision(body.reason))


def _why_not(_: Desk, case: Case) -> NotAllowed | None:
    return merging.may_be_merged(case)


ACT = Act(Move.merge, by=("official",), body=Merge, do=merge, why_not=_why_not, also=lambda _, body: str(body.into))
