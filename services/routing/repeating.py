"""Acts are safe to repeat: the same one again is answered as the first was, and a refusal says what kind it is."""

from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import Row, func, select, update
from sqlmodel import Session

from contracts.ids import canonical
from contracts.times import Moment
from kit.idempotency import digest
from kit.problems import Extended
from services.routing import answers, cases
from services.routing.act import Act, perform
from services.routing.actions import ACTS
from services.routing.actions.correct import Correction
from services.routing.actions.merge import Merge
from services.routing.actions.transfer import Transfer
from services.routing.answers import UnknownAnswer
from services.routing.calls import need_unchanged
from services.routing.cases import MoveRefused, UnknownReport
from services.routing.desk import Desk
from services.routing.domain import MOVES, PUBLIC, Move
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
    case = _find(desk.session, act, report, body)
    if case is not None and _newest(desk.session, case.id) == request:
        return desk.view(case)
    need_unchanged(if_match, lambda: desk.report(report))
    try:
        view = perform(desk, act, report, body)
    except MoveRefused as refused:
        if case is None:
            raise
        raise _refusal(desk, act, case, body, str(refused)) from None
    _note(desk.session, view.id, request)
    return view


def _request(desk: Desk, act: Act[B], body: B) -> str:
    """The hash of who asks for what, by which the same request is known."""
    return digest(repr(desk.caller).encode(), act.move.encode(), body.model_dump_json().encode())


def _find(session: Session, act: Act[B], report: str, body: B) -> Case | None:
    """The case, locked, as is another one that the act changes: of two requests at once the second sees what the first
    did."""
    id = canonical(report)
    try:
        if id is None:
            return None
        other = act.also(cases.find(session, id, lock=False), body)
        if other is not None:
            cases.lock(session, (id, other))
        return cases.find(session, id)
    except UnknownReport:
        return None


def _newest(session: Session, report: str) -> str | None:
    """The request that caused the newest entry of the report's history."""
    entries = select(ACTION.c.request).where(ACTION.c.report == report).order_by(ACTION.c.number.desc())
    return session.scalar(entries.limit(1))


def _note(session: Session, report: str, request: str) -> None:
    newest = select(func.max(ACTION.c.number)).where(ACTION.c.report == report).scalar_subquery()
    session.execute(update(ACTION).where(ACTION.c.number == newest).values(request=request))


def _refusal(desk: Desk, act: Act[B], case: Case, body: B, reason: str) -> Extended:
    if (first := _done_by(desk.session, act.move, case, body)) is not None:
        at = _MOMENT.dump_python(first.at)
        done = "the answer was given these words" if isinstance(body, Correction) else f"the report was {act.move.past}"
        return DoneAlready(f"{done} by {first.by} at {at}", by=first.by, at=at)
    allowed = _allowed(desk, case)
    return NotNow(f"{reason}; this key may now: {', '.join(allowed) or 'nothing'}", allowed=allowed)


def _done_by(session: Session, move: Move, case: Case, body: RequestBody) -> Row[Any] | None:
    """The entry of the history that left the report as the act would leave it; null if it is not so."""
    if isinstance(body, Correction):
        return _worded(session, case, body)
    return _first(session, case.id, move) if _is_done(case, move, body) else None


def _worded(session: Session, case: Case, body: Correction) -> Row[Any] | None:
    """The entry that gave the answer the words of the correction, if these are its words now."""
    try:
        answer = answers.find(session, case, body.answer)
    except UnknownAnswer:
        return None
    if not answer.is_as(body.text, privacy=body.privacy):
        return None
    return session.execute(select(ACTION.c.by, ACTION.c.at).where(ACTION.c.number == answer.actions[-1])).one()


def _is_done(case: Case, move: Move, body: RequestBody) -> bool:
    """Whether the report is as the move would leave it."""
    if isinstance(body, Transfer):
        return case.agency == body.agency
    if isinstance(body, Merge):
        return case.duplicate_of == str(body.into)
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
    return sorted(str(act.move) for act in ACTS if act.allowed(desk, case))
