"""An official makes a report public. In public: the report, redacted, and its disposition."""

from kit import outbox
from services.routing import cases, disclosure
from services.routing.act import Act
from services.routing.desk import Desk
from services.routing.domain import Move
from services.routing.tables import Case
from services.routing.views import Name, Sent


class Verify(Sent):
    """What the official decides otherwise than the report says."""

    category: Name | None = None
    place: Name | None = None
    confidential: bool | None = None


def verify(desk: Desk, case: Case, sent: Verify) -> None:
    """Make it public, and give it to the agency that answers for it."""
    rules, decision = desk.rules, desk.decision()
    category = case.category if sent.category is None else desk.need_category(sent.category)
    place = case.place if sent.place is None else desk.need_place(sent.place)
    # A category that an official chose brings its secrecy, unless the same official says otherwise.
    secret = case.confidential or (sent.category is not None and rules.category(category).sensitive)
    cases.move(
        desk.session,
        case,
        Move.verify,
        decision,
        category=category,
        place=place,
        confidential=secret if sent.confidential is None else sent.confidential,
        held_reason=None,
        verified_at=decision.at,
    )
    case = cases.find(desk.session, case.id)
    outbox.publish(desk.session, disclosure.opened(rules, case, decision.at, decision.by))
    to = rules.answering(category, place, decision.at)
    cases.give(desk.session, rules, case, Move.dispose, to, decision)


ACT = Act(Move.verify, by=("official",), body=Verify, do=verify)
