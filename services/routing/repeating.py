"""Acts are safe to repeat: the same one again is answered as the first was, and a refusal says what kind it is."""

from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import Row, func, select, update
from sqlmodel import Session

from contracts.ids import canonical
from contracts.times import Moment
from kit.idempotency import digest
from kit.problems import Extended
from services.routing import cases
from services.routing.act import Act, perform
from services.routing.actions import ACTS
from services.routing.calls import need_unchanged
from services.routing.cases import MoveRefused, UnknownReport
from services.routing.desk import Desk
from services.routing.domain import MOVES, PUBLIC, Move, State
from services.routing.tables import ACTION, Case
from services.routing.views import ReportWithHistory, RequestBody

B = TypeVar("B", bound=RequestBody)
_MOMENT: TypeAdapter[Any] = TypeAdapter(Moment)


class DoneAlready(Extended):
    """What the act brings about is there: somebody did it first, or the caller in other words."""


class NotNow(Extended):
    """The state of the report does not allow the act."""


def perform_once(desk: Desk, act: Act[B], report: str, body: B, if_match: str | None) -> ReportWithHistory:
    """Do the act, unless this caller's same act was the last thing that happened to the report: then nothing is done.

    Such a repeat is answered whether or not the caller may still see the report, and whatever its `If-Match` says (RFC
    9110, section 13.1.1). Raises `DoneAlready`, `NotNow`, `PreconditionFailed`, and what `perform` does.
    """
    request = _request(desk, act, body)
    case = _find(desk.session, report)
    if case is not None and _newest(desk.session, case.id) == request:
        return desk.view(case)
    need_unchanged(if_match, lambda: desk.report(report))
    try:
        view = perform(desk, act, report, body)
    except MoveRefused as refused:
        if case is None:
            raise
        raise _refusal(desk, act, case, str(refused)) from None
    _note(desk.session, view.id, request)
    return view


def _request(desk: Desk, act: Act[B], body: B) -> str:
    """The hash of who asks for what, by which the same request is known."""
    return digest(repr(desk.caller).encode(), act.move.encode(), body.model_dump_json().encode())


def _find(session: Session, report: str) -> Case | None:
    """The case, locked: of two requests at once the second sees what the first did."""
    id = canonical(report)
    try:
        return None if id is None else cases.find(session, id)
    except UnknownReport:
        return None


def _newest(session: Session, report: str) -> str | None:
    """The request that caused the newest entry of the report's history."""
    entries = select(ACTION.c.request).where(ACTION.c.report == report).order_by(ACTION.c.number.desc())
    return session.scalar(entries.limit(1))


def _note(session: Session, report: str, request: str) -> None:
    newest = select(func.max(ACTION.c.number)).where(ACTION.c.report == report).scalar_subquery()
    session.execute(update(ACTION).where(ACTION.c.number == newest).values(request=request))


def _refusal(desk: Desk, act: Act[B], case: Case, reason: str) -> Extended:
    if _is_done(case, act.move) and (first := _first(desk.session, case.id, act.move)) is not None:
        at = _MOMENT.dump_python(first.at)
        return DoneAlready(f"the report was {act.move.past} by {first.by} at {at}", by=first.by, at=at)
    allowed = _allowed(desk, case)
    return NotNow(f"{reason}; this key may now: {', '.join(allowed) or 'nothing'}", allowed=allowed)


def _is_done(case: Case, move: Move) -> bool:
    """Whether the report is as the move would leave it."""
    match move:
        case Move.hide:
            return case.hidden
        case Move.verify:
            return case.status in PUBLIC
        case _:
            return case.status in {after for (before, each), after in MOVES.items() if each == move and after != before}


def _first(session: Session, report: str, move: Move) -> Row[Any] | None:
    """The newest entry of the history that did what `move` does; the clock or a reporter may have done it, too."""
    same = [str(each) for each in Move if each.past == move.past]
    entries = select(ACTION.c.by, ACTION.c.at).where(ACTION.c.report == report, ACTION.c.move.in_(same))
    return session.execute(entries.order_by(ACTION.c.number.desc()).limit(1)).first()


def _allowed(desk: Desk, case: Case) -> list[str]:
    """The acts that the caller may do to the report as it is; none to one that it gave away and only reads."""
    if desk.caller.role == "agency" and case.agency != desk.caller.agency:
        return []
    mine = [act.move for act in ACTS if desk.caller.role in act.by and (State(case.status), act.move) in MOVES]
    return sorted(str(move) for move in mine if not (move == Move.hide and case.hidden))
