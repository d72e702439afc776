"""An official makes a report public. In public: the report, redacted, and its disposition."""

from kit import outbox
from services.routing import cases, disclosure, updates
from services.routing.act import Act
from services.routing.desk import Desk
from services.routing.domain import Assigned, Move
from services.routing.tables import Case
from services.routing.views import Name, RequestBody


class Verify(RequestBody):
    """The values of the report that the official changes."""

    category: Name | None = None
    place: Name | None = None
    confidential: bool | None = None


def verify(desk: Desk, case: Case, body: Verify) -> None:
    """Make the report public, and give it to the agency that answers for it."""
    rules, decision = desk.rules, desk.decision()
    category = case.category if body.category is None else desk.need_category(body.category)
    place = case.place if body.place is None else desk.need_place(body.place)
    # A sensitive category that the official chose makes the report confidential, unless the official says otherwise.
    confidential = case.confidential or (body.category is not None and rules.category(category).sensitive)
    cases.move(
        desk.session,
        case,
        Move.verify,
        decision,
        category=category,
        place=place,
        confidential=confidential if body.confidential is None else body.confidential,
        held_reason=None,
        verified_at=decision.at,
    )
    case = cases.find(desk.session, case.id)
    outbox.publish(desk.session, disclosure.opened(rules, case, decision.at, decision.by))
    told, recipient = updates.kept(case), rules.agency_for(category, place, decision.at)
    if body.category is None and told.agency in rules.region.agencies:
        recipient = Assigned(str(told.agency), rules.words.elsewhere)
    cases.dispose(desk.session, rules, case, Move.dispose, recipient, decision)
    updates.follow_kept(desk.session, rules, case.id, told, decision)


ACT = Act(Move.verify, by=("official",), body=Verify, do=verify)
