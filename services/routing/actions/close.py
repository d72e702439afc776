"""An agency ends a report. In public: the closure, and its words redacted."""

from typing import Literal

from contracts.events import Closure
from services.routing import cases
from services.routing.act import Act
from services.routing.desk import Desk
from services.routing.domain import Move
from services.routing.tables import Case
from services.routing.views import AgencyActBody, PublicWordsBody, Words


class Close(AgencyActBody, PublicWordsBody):
    """How a report ends."""

    closure: Literal["done", "explained", "not_our_authority", "duplicate", "cannot"]
    """Why it ends: done, explained, not_our_authority, duplicate of another report, or cannot be done."""
    text: Words | None = None
    """A last answer; it is public, without the personal numbers in it."""


def close(desk: Desk, case: Case, body: Close) -> None:
    """End the report; the reporter may answer that the problem remains."""
    cases.close(desk.session, desk.rules, case, Move.close, Closure(body.closure), desk.decision(), body.text)


ACT = Act(Move.close, by=("agency",), body=Close, do=close)
