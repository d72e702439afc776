"""An official makes a report public. In public: the report, redacted, and the agency that it was given to."""

from dataclasses import replace

from pydantic import Field

from contracts.events import Elsewhere, Kind, PlaceFrom
from services.routing import cases, readings, updates
from services.routing.act import Act
from services.routing.desk import Desk
from services.routing.domain import Assigned, Move
from services.routing.opening import open_case, write_opened
from services.routing.tables import Case
from services.routing.views import Name, PublicWordsBody, Words


class Verify(PublicWordsBody):
    """The values of the report that the official changes; all others stay as the machine found them."""

    agency: Name | None = Field(
        default=None, description="The id of the agency that must answer; without it the region's rules choose."
    )
    category: Name | None = None
    """The code of its category; without it, that which the reading has with `agency`, else the one that it has."""
    kind: Kind | None = Field(default=None, strict=False, description="complaint, aspiration or information.")
    place: Name | None = None
    """The code of its desa, kelurahan or kecamatan."""
    text: Words | None = None
    """What the public reads in place of the report's own words, such as these without what is private. The agency
    reads both."""
    confidential: bool | None = None
    """true: its words, place and reporter are withheld from the public."""
    reason: Words | None = None
    """Why this agency; it is public, without the personal numbers in it."""


def verify(desk: Desk, case: Case, body: Verify) -> None:
    """Make the report public and give it to an agency, in one act and one public fact.

    Without `agency` it goes to the one that answers for its category and place by the region's rules."""
    rules, decision = desk.rules, desk.decision(body.reason)
    category = _category(desk, case, body)
    if body.agency is not None:
        desk.need_agency(body.agency)
    if body.place is not None:
        case = replace(case, place=desk.need_place(body.place), place_from=str(PlaceFrom.official))
    # A sensitive category that the official chose makes the report confidential, unless the official says otherwise.
    chosen = body.category is not None or category != case.category
    confidential = case.confidential or (chosen and rules.category(category).sensitive)
    cases.check(case, Move.verify)
    decided = replace(
        case,
        category=category,
        kind=case.kind if body.kind is None else str(body.kind),
        confidential=confidential if body.confidential is None else body.confidential,
    )
    told = _told_elsewhere(case, body)
    write_opened(desk.session, open_case(decided, rules, decision, told, _recipient(desk, decided, body), body.text))


def _category(desk: Desk, case: Case, body: Verify) -> str:
    if body.category is not None:
        return desk.need_category(body.category)
    # The region may have lost the category while the report was held.
    known = desk.rules.category(case.category).code
    likely = readings.categories_of(case, body.agency)
    return next((code for code in likely if known not in likely and desk.rules.offers(code, desk.now)), known)


def _recipient(desk: Desk, case: Case, body: Verify) -> Assigned | None:
    """The agency and the reason that the official gives; null: the region's rules have both."""
    if body.agency is not None:
        return Assigned(body.agency, body.reason or desk.rules.words.by_official)
    if body.reason is None:
        return None
    return Assigned(desk.rules.agency_for(case.category, case.place, desk.now).agency, body.reason)


def _told_elsewhere(case: Case, body: Verify) -> Elsewhere | None:
    told = None if case.elsewhere is None else updates.kept(case)
    if told is not None and (body.category is not None or body.agency is not None):
        return told.model_copy(update={"agency": None})  # the official decides, and not the agency of then
    return told


ACT = Act(Move.verify, by=("official",), body=Verify, do=verify)
