"""An official rejects a report. In public: its count; to its reporter: that it was rejected."""

from services.routing import cases
from services.routing.act import Act
from services.routing.desk import Desk
from services.routing.domain import Move
from services.routing.tables import Case
from services.routing.views import RequestBody, Words
from services.routing.wording import Phrase

REJECTED: Phrase = {"id": "ditolak oleh admin", "en": "rejected by an official"}


class Reject(RequestBody):
    """Why a report is rejected."""

    reason: Words
    """Why it is rejected; for officials."""


def reject(desk: Desk, case: Case, body: Reject) -> None:
    """The report never becomes public; a reporter who asks hears that it was rejected. The reason is for officials."""
    cases.reject(desk.session, case, Move.reject, desk.decision(body.reason), desk.rules.say(REJECTED))


ACT = Act(Move.reject, by=("official",), body=Reject, do=reject)
