"""The disposal of a report to an agency: all that it changes in the case, its row and its event, made together."""

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


def prepare_disposal(
    rules: Rules,
    case: Case,
    recipient: Assigned,
    by: str,
    at: datetime,
    *,
    category: str | None = None,
    due_at: datetime | None = None,
) -> Disposal:
    """The disposal of the `case`; `category`: its new one, if it changes. The clock starts `at`, or ends `due_at`."""
    category = category or case.category
    due_at = due_at or rules.respond_by(category, at)
    return Disposal(
        DisposalChange(agency=recipient.agency, category=category, due_at=due_at, wake_at=due_at, escalated_at=None),
        Disposition(case.id, at, recipient.agency, category, by, recipient.reason, due_at),
        events.CaseDisposed(
            time=at,
            subject=case.subject,
            agency=disclosure.public_agency(rules, case, recipient.agency),
            category=category,
            reason=disclosure.public_reason(rules, case, category, recipient.reason),
            due_at=due_at,
        ),
    )
