"""What people decided of reports: kept when they act, and read by who makes a model of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import func, select
from sqlmodel import Session

from kit.rows import insert_all
from services.routing.domain import Move
from services.routing.model_tables import DECISION
from services.routing.tables import CASE, Case

_LEARNED = frozenset({Move.verify, Move.dispose, Move.transfer, Move.reject})
"""The acts that say what a report is and whose. The machine's own opening is none: it would learn from itself."""
_HELD_AS_SPAM = " spam "


class Decided(NamedTuple):
    """The last decision about a report, with its words."""

    number: int
    report: str
    at: datetime
    text: str
    place: str | None
    agency: str | None
    category: str
    kind: str
    spam: str | None


def keep(session: Session, move: Move, before: Case, after: Case, by: str, at: datetime) -> None:
    """Keep what an act decided, if it says what a report is. `before`, `after`: the case before and after the act."""
    if move not in _LEARNED:
        return
    is_rejected = move is Move.reject
    row = {
        "report": after.id,
        "at": at,
        "by": by,
        "move": str(move),
        "agency": None if is_rejected else after.agency,
        "category": after.category,
        "kind": after.kind,
        "spam": _spam(before) if is_rejected else "none",
    }
    insert_all(session, DECISION, [row])


def _spam(case: Case) -> str | None:
    """What a report was rejected as: the spam that it was held for, if it was."""
    if _HELD_AS_SPAM not in (case.held_because or "") or case.reading is None:
        return None
    return str(orjson.loads(case.reading)["spam"]["value"])


def newest(session: Session, most: int) -> list[Decided]:
    """The last decision about each report that still has words, the oldest first; at most so many, the newest."""
    last = select(func.max(DECISION.c.number)).group_by(DECISION.c.report)
    named = (DECISION.c.number, DECISION.c.report, DECISION.c.at, CASE.c.text, CASE.c.place)
    decided = (DECISION.c.agency, DECISION.c.category, DECISION.c.kind, DECISION.c.spam)
    wanted = (
        select(*named, *decided)
        .join(CASE, CASE.c.id == DECISION.c.report)
        .where(DECISION.c.number.in_(last), CASE.c.text != "")
        .order_by(DECISION.c.number.desc())
        .limit(most)
    )
    rows: Sequence[Decided] = [Decided(*row) for row in session.execute(wanted)]
    return list(reversed(rows))
