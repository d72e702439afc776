"""Giving a report to an agency: what it changes, what is kept of it and what is announced, in one place."""

from datetime import datetime
from typing import NamedTuple, TypedDict

from contracts import events
from services.routing import disclosure
from services.routing.domain import Assigned
from services.routing.rules import Rules
from services.routing.tables import Case, Disposition


class DisposalChange(TypedDict):
    """The columns of a case that a disposal sets: the agency has it, and its clock starts anew."""

    agency: str
    category: str
    due_at: datetime
    wake_at: datetime
    escalated_at: datetime | None


class Disposal(NamedTuple):
    change: DisposalChange
    row: Disposition
    event: events.CaseDisposed


def dispose(
    rules: Rules,
    case: Case,
    to: Assigned,
    by: str,
    at: datetime,
    *,
    category: str | None = None,
    clock_from: datetime | None = None,
) -> Disposal:
    """Give the `case` to an agency, with a new `category` if there is one. Its clock starts at `clock_from` or `at`."""
    category = category or case.category
    due_at = rules.respond_by(category, clock_from or at)
    return Disposal(
        DisposalChange(agency=to.agency, category=category, due_at=due_at, wake_at=due_at, escalated_at=None),
        Disposition(case.id, at, to.agency, category, by, to.reason, due_at),
        events.CaseDisposed(
            time=at,
            subject=case.subject,
            agency=disclosure.public_agency(rules, case, to.agency),
            category=category,
            reason=disclosure.public_reason(rules, case, category, to.reason),
            due_at=due_at,
        ),
    )
