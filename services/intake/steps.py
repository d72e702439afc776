"""What happened to a report, as its reporter may read it: the steps of its case, and what the reporter said."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session

from contracts.events import (
    AnyEvent,
    CaseAcknowledged,
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
    CaseRelocated,
    CaseReopened,
    CaseRescheduled,
    CaseResponded,
    CaseSplit,
    CaseTold,
    Event,
    ReportAmended,
    ReportFeedback,
    ReportHidden,
    ReportWithdrawn,
)
from kit import outbox
from kit.rows import insert_all
from services.intake.tables import Base

STEP = Base.metadata.tables["step"]
REPORTER, OFFICE = "reporter", "office"
_OF_CASES: dict[type[Event], str] = {
    CaseOpened: "verified",
    CaseOpenedV2: "verified",
    CaseDisposed: "disposed",
    CaseAcknowledged: "acknowledged",
    CaseRefused: "refused",
    CaseResponded: "responded",
    CaseCorrected: "corrected",
    CaseClosed: "closed",
    CaseReopened: "reopened",
    CaseEscalated: "escalated",
    CaseRescheduled: "rescheduled",
    CaseRelocated: "relocated",
    CaseHidden: "hidden",
    CaseRejected: "rejected",
    CaseMerged: "merged",
    CaseSplit: "split",
}
_OF_MAIN = frozenset(
    {
        *("disposed", "transferred", "refused", "acknowledged", "responded", "corrected"),
        *("closed", "reopened", "rescheduled"),
    }
)
"""What is told of the report that this one was merged into; of the rest only the standing tells."""
WORDS = (*_OF_CASES.values(), "transferred", "amended", "satisfied", "unsatisfied", "withdrawn")
"""Every value of `what`."""


def say(session: Session, event: Event) -> None:
    """Publish what the reporter said of a report, and keep it among the steps."""
    outbox.publish(session, event)
    what, text = as_said(event)
    insert_all(session, STEP, [_row(event, what, REPORTER, event.time, text=text)])


def as_said(event: Event) -> tuple[str, str | None]:
    """What the event of a reporter says, and its words."""
    match event:
        case ReportAmended():
            return "amended", event.text
        case ReportFeedback():
            return ("satisfied" if event.satisfied else "unsatisfied"), event.text
        case ReportWithdrawn():
            return "withdrawn", None
        case ReportHidden():
            return "hidden", None
        case _:
            raise TypeError(f"no reporter says {type(event).__name__}")


def follow(session: Session, events: Sequence[AnyEvent]) -> None:
    """Keep the steps of cases. Of a hidden report the answers' words go: they may be why it was hidden.

    A correction for privacy, also one of the report that this one was merged into, takes away the words of all answers
    before it: which of them it corrects is not known here, as the steps of an older report lack its first answers.
    """
    rows: list[dict[str, object]] = []
    for event in events:
        if isinstance(event, CaseHidden) or (isinstance(event, CaseCorrected | CaseTold) and event.privacy):
            _forget_words(session, rows, event.report)
        if (what := _word(event)) is None:
            continue
        rows.append(_of_case(event, what))
    insert_all(session, STEP, rows)


def _word(event: Event) -> str | None:
    if isinstance(event, CaseDisposed) and event.transferred_by is not None:
        return "transferred"
    if isinstance(event, CaseTold):
        return event.what if event.what in _OF_MAIN else None
    return _OF_CASES.get(type(event))


def _of_case(event: Event, what: str) -> dict[str, object]:
    told = vars(event)  # to ask a model for what it has not raises an error inside, which takes long
    return _row(
        event,
        what,
        OFFICE,
        event.time,
        agency=told.get("agency"),
        text=event.text if isinstance(event, CaseResponded | CaseClosed | CaseCorrected | CaseTold) else None,
        reason=told.get("reason"),
        acted=told.get("acted"),
        closure=event.closure.value if isinstance(event, CaseClosed | CaseTold) and event.closure else None,
    )


def _forget_words(session: Session, rows: Sequence[dict[str, object]], report: str) -> None:
    """Of the offices' steps so far; `rows`: those that are not inserted yet."""
    offices = (STEP.c.report == report, STEP.c.by == OFFICE)
    session.execute(update(STEP).where(*offices).values(text=None))
    for row in rows:
        if row["report"] == report:
            row["text"] = None


def of(session: Session, report: str) -> list[dict[str, object]]:
    """The steps of a report, by their time."""
    query = select(STEP).where(STEP.c.report == report).order_by(STEP.c.at, STEP.c.number)
    return [dict(row._mapping) for row in session.execute(query)]


def newest_said(session: Session, report: str) -> tuple[str, str | None, datetime] | None:
    """What the reporter said last of a report, its words, and when."""
    query = select(STEP.c.what, STEP.c.text, STEP.c.at).where(STEP.c.report == report, STEP.c.by == REPORTER)
    row = session.execute(query.order_by(STEP.c.number.desc()).limit(1)).first()
    return (row.what, row.text, row.at) if row else None


def _row(event: Event, what: str, by: str, at: datetime, **more: object) -> dict[str, object]:
    empty = dict.fromkeys(("agency", "text", "reason", "acted", "closure"))
    return {"report": event.report, "at": at, "what": what, "by": by, **empty, **more}
