"""An official makes a report public. In public: the report, redacted, and its disposition."""

from dataclasses import replace

from contracts.events import PlaceFrom
from services.routing import cases, updates
from services.routing.act import Act
from services.routing.desk import Desk
from services.routing.domain import Move
from services.routing.opening import open_case, write_opened
from services.routing.tables import Case
from services.routing.views import Name, RequestBody


class Verify(RequestBody):
    """The values of the report that the official changes."""

    category: Name | None = None
    """The code of its category."""
    place: Name | None = None
    """The code of its desa, kelurahan or kecamatan."""
    confidential: bool | None = None
    """true: its words, place and reporter are withheld from the public."""


def verify(desk: Desk, case: Case, body: Verify) -> None:
    """Make the report public, and give it to the agency that answers for it."""
    rules, decision = desk.rules, desk.decision()
    # The region may have lost the category while the report was held.
    category = rules.category(case.category).code if body.category is None else desk.need_category(body.category)
    if body.place is not None:
        case = replace(case, place=desk.need_place(body.place), place_from=str(PlaceFrom.official))
    # A sensitive category that the official chose makes the report confidential, unless the official says otherwise.
    confidential = case.confidential or (body.category is not None and rules.category(category).sensitive)
    cases.check(case, Move.verify)
    decided = replace(
        case,
        category=category,
        confidential=confidential if body.confidential is None else body.confidential,
    )
    told = None if case.elsewhere is None else updates.kept(case)
    if told is not None and body.category is not None:
        told = told.model_copy(update={"agency": None})  # the official's category decides, and not the agency of then
    write_opened(desk.session, open_case(decided, rules, decision, told))


ACT = Act(Move.verify, by=("official",), body=Verify, do=verify)
