"""Follows the `cases` topic, so that a reporter who asks hears where the report stands."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from contracts.events import (
    AnyEvent,
    CaseAcknowledged,
    CaseClosed,
    CaseDisposed,
    CaseOpened,
    CaseRejected,
    CaseReopened,
    CaseResponded,
)
from kit.rows import among, insert_missing
from services.intake.domain import Standing, StandingChange, follow
from services.intake.tables import Base

STANDING = Base.metadata.tables["standing"]


def follow_cases(session: Session, events: Sequence[AnyEvent]) -> None:
    """Bring the standing of each report up to date with these events, in their order."""
    moves: dict[str, list[StandingChange]] = {}
    for event in events:
        move = _move(event)
        if move is not None:
            moves.setdefault(event.report, []).append(move)
    if not moves:
        return
    known = _known(session, list(moves))
    rows = [_row(report, follow(known.get(report), made)) for report, made in moves.items()]
    insert_missing(session, STANDING, [row for row in rows if row["report"] not in known], "report")
    changed = [{f"new_{name}": value for name, value in row.items()} for row in rows if row["report"] in known]
    if changed:
        names = ("status", "agency", "closure", "updated_at")
        new = {name: bindparam(f"new_{name}", type_=STANDING.c[name].type) for name in names}
        statement = update(STANDING).where(STANDING.c.report == bindparam("new_report")).values(new)
        session.connection().execute(statement, changed)


def _known(session: Session, reports: Sequence[str]) -> dict[str, Standing]:
    found = session.execute(select(STANDING).where(among(session, STANDING.c.report, reports)))
    return {row.report: Standing(row.status, row.agency, row.closure, row.updated_at) for row in found}


def _row(report: str, standing: Standing) -> dict[str, object]:
    return {"report": report, **vars(standing)}


def _move(event: AnyEvent) -> StandingChange | None:
    """What the event means to the reporter; null if nothing, as when a clock ran out or the public view changed."""
    match event:
        case CaseOpened():
            return StandingChange("verified", None, None, event.time)
        case CaseDisposed():
            return StandingChange("disposed", event.agency, None, event.time)
        case CaseAcknowledged():
            return StandingChange("in_progress", event.agency, None, event.time)
        case CaseResponded():
            return StandingChange("responded", event.agency, None, event.time)
        case CaseClosed():
            return StandingChange("closed", event.agency, event.closure.value, event.time)
        case CaseReopened():
            return StandingChange("reopened", event.agency, None, event.time)
        case CaseRejected():
            return StandingChange("rejected", None, None, event.time)
        case _:
            return None
