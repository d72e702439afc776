"""An official rejects a report. In public: nothing but its count; to its reporter: that it was rejected."""

from services.routing import cases
from services.routing.act import Act
from services.routing.desk import Desk
from services.routing.domain import Move
from services.routing.tables import Case
from services.routing.views import Sent, Words
from services.routing.wording import Phrase

REJECTED: Phrase = {"id": "ditolak oleh admin", "en": "rejected by an official"}


class Reject(Sent):
    reason: Words


def reject(desk: Desk, case: Case, sent: Reject) -> None:
    """It never becomes public; the reporter who asks hears that it was rejected. The reason stays here."""
    cases.reject(desk.session, case, Move.reject, desk.decision(sent.reason), desk.rules.say(REJECTED))


ACT = Act(Move.reject, by=("official",), body=Reject, do=reject)
