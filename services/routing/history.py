"""The history of a case as `/agency/v1` tells it, from the rows of its moves."""

from typing import Any

from sqlalchemy import Row

from contracts.facts import What
from services.routing.feed import PAST
from services.routing.tables import Case
from services.routing.views import ActionView, PublicView

_ACTED = {"acted": True, "answered": False}
"""What the row of a response has for its reason."""


def told(case: Case, row: Row[Any], answer: int | None) -> ActionView:
    """A row of `action`, with the number of the answer that it gives or corrects."""
    what = PAST[row.move]
    acted = _ACTED.get(row.reason) if what == What.responded else None
    return ActionView(
        at=row.at,
        what=what,
        by=row.by,
        agency=row.agency,
        text=row.text,
        reason=row.reason if acted is None else None,
        acted=acted,
        answer=answer,
        closure=row.closure,
        public=_public(case, row),
    )


def _public(case: Case, row: Row[Any]) -> PublicView | None:
    """What the public reads of an action now: nothing once the report is hidden."""
    shown = not case.hidden and (row.public_text is not None or row.public_reason is not None)
    return PublicView(text=row.public_text, reason=row.public_reason) if shown else None
