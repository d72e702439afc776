"""Follows the `cases` topic, so that a reporter who asks hears where the report stands."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlmodel import Session

from contracts.events import (
    AnyEvent,
    CaseAcknowledged,
    CaseAmended,
    CaseClosed,
    CaseCorrected,
    CaseDisposed,
    CaseEscalated,
    CaseHidden,
    CaseMerged,
    CaseOpened,
    CaseOpenedV2,
    CaseRefused,
    CaseRejected,
    CaseReopened,
    CaseRescheduled,
    CaseResponded,
    CaseSplit,
    CaseTold,
)
from kit.rows import among, insert_missing
from services.intake import steps
from services.intake.domain import Standing, StandingChange, follow
from services.intake.tables import Base

STANDING = Base.metadata.tables["standing"]


def follow_cases(session: Session, events: Sequence[AnyEvent]) -> None:
    """Bring the standing and the steps of each report up to date with these events, in their order."""
    steps.follow(session, events)
    changes: dict[str, list[StandingChange]] = {}
    for event in events:
        change = _change(event)
        if change is not None:
            changes.setdefault(event.report, []).append(change)
    if not changes:
        return
    before = _standings(session, list(changes))
    rows = [_row(report, follow(before.get(report), of_report)) for report, of_report in changes.items()]
    insert_missing(session, STANDING, [row for row in rows if row["report"] not in before], "report")
    updates = [{f"new_{name}": value for name, value in row.items()} for row in rows if row["report"] in before]
    if updates:
        names = [column.name for column in STANDING.c if column.name != "report"]
        new = {name: bindparam(f"new_{name}", type_=STANDING.c[name].type) for name in names}
        statement = update(STANDING).where(STANDING.c.report == bindparam("new_report")).values(new)
        session.connection().execute(statement, updates)


def _standings(session: Session, reports: Sequence[str]) -> dict[str, Standing]:
    rows = session.execute(select(STANDING).where(among(session, STANDING.c.report, reports)))
    return {row.report: standing_of(row) for row in rows}


def standing_of(row: Row[Any]) -> Standing:
    """The standing in a row that has its columns."""
    return Standing(**{each.name: row._mapping[each.name] for each in fields(Standing)})


def _row(report: str, standing: Standing) -> dict[str, object]:
    return {"report": report, **vars(standing)}


def _change(event: AnyEvent) -> StandingChange | None:
    """What the event changes for the reporter; None for other events."""
    match event:
        case CaseDisposed() | CaseOpenedV2():
            return StandingChange("disposed", event.agency, None, event.time, due_at=event.due_at)
        case CaseOpened() | CaseRefused():
            return StandingChange("verified", None, None, event.time)
        case CaseAcknowledged():
            return StandingChange("in_progress", event.agency, None, event.time)
        case CaseResponded():
            return StandingChange("responded", event.agency, None, event.time, due_at=event.closes_at)
        case CaseClosed():
            return StandingChange("closed", event.agency, event.closure.value, event.time)
        case CaseReopened():
            return StandingChange("reopened", event.agency, None, event.time, due_at=event.due_at)
        case CaseRejected():
            return StandingChange("rejected", None, None, event.time, reason=event.reason)
        case _:
            return _beside(event)


def _beside(event: AnyEvent) -> StandingChange | None:
    """What the event changes beside the status."""
    match event:
        case CaseEscalated():
            return StandingChange(None, None, None, event.time, escalated_at=event.time)
        case CaseRescheduled():
            return StandingChange(None, None, None, event.time, due_at=event.due_at)
        case CaseHidden():
            return StandingChange(None, None, None, event.time, hidden_at=event.time)
        case CaseCorrected():
            return StandingChange(None, None, None, event.time, due_at=event.closes_at, answered=True)
        case CaseAmended():
            return StandingChange(None, None, None, event.time, due_at=event.closes_at)
        case _:
            return _of_merged(event)


def _of_merged(event: AnyEvent) -> StandingChange | None:
    """What the event changes for the reporter of a report that was merged into another one."""
    match event:
        case CaseMerged():
            main = str(event.duplicate_of) if event.duplicate_of else None
            return StandingChange(None, None, None, event.time, merged_at=event.time, duplicate_of=main)
        case CaseSplit():
            status = "reopened" if event.received_at is None else "received"
            return StandingChange(status, event.agency, None, event.time, due_at=event.due_at, split=True)
        case CaseTold():
            closure, answered = event.closure.value if event.closure else None, event.what == "corrected"
            told = (_STATUS_OF.get(event.what), event.agency, closure, event.time)
            return StandingChange(*told, due_at=event.due_at, answered=answered)
        case _:
            return None


_STATUS_OF = {
    "verified": "verified",
    "refused": "verified",
    "disposed": "disposed",
    "transferred": "disposed",
    "acknowledged": "in_progress",
    "responded": "responded",
    "closed": "closed",
    "reopened": "reopened",
}
"""The status that a report has after what happened; what is not here changes none."""
