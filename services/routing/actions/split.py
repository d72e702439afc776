"""An official takes a merge back. In public: that the report is open again, with its deadline and the reason."""

from services.routing import cases, merging
from services.routing.act import Act
from services.routing.cases import MoveRefused
from services.routing.desk import Desk
from services.routing.domain import Move, NotAllowed
from services.routing.tables import Case
from services.routing.views import PublicWordsBody, Words


class Split(PublicWordsBody):
    """Why a merge is taken back."""

    reason: Words
    """Why; it is public if the report is, without the personal numbers in it."""


def split(desk: Desk, case: Case, body: Split) -> None:
    """Take back that the report was merged into another one. A public report is reopened, for the agency that had it,
    and its clock to respond starts anew; one that was never public is held again."""
    cases.check(case, Move.split_off)
    if case.duplicate_of is None:
        raise MoveRefused(_NOT_MERGED)
    main = cases.find(desk.session, case.duplicate_of)
    merging.split(desk.session, desk.rules, case, main, desk.decision(body.reason))


_NOT_MERGED = "the report was not merged into another one"


def _why_not(_: Desk, case: Case) -> NotAllowed | None:
    return NotAllowed(_NOT_MERGED) if case.duplicate_of is None else None


def _main(case: Case, _: Split) -> str | None:
    return case.duplicate_of


ACT = Act(Move.split_off, by=("official",), body=Split, do=split, why_not=_why_not, also=_main)
