"""The disposal of a report to an agency: all that it changes in the case, its row and its event, made together."""

from datetime import datetime
from typing import NamedTuple

from contracts import events
from services.routing import disclosure
from services.routing.domain import Assigned
from services.routing.rules import Rules, Running
from services.routing.tables import Case, Disposition


class DisposalChange(Running):
    """The columns of a case that a disposal sets: the agency has it, and its clock starts anew."""

    agency: str
    category: str
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
    clock: Running | None = None,
    giver: str | None = None,
) -> Disposal:
    """The disposal of the `case`; `category`: its new one, if it changes. The clock starts `at`, or is `clock`.

    `giver`: the agency that gives it away, if one does.
    """
    category = category or case.category
    clock = clock or rules.respond_by(category, at)
    due_at = clock["due_at"]
    return Disposal(
        DisposalChange(agency=recipient.agency, category=category, escalated_at=None, **clock),
        Disposition(case.id, at, recipient.agency, category, by, recipient.reason, due_at),
        events.CaseDisposed(
            time=at,
            subject=case.subject,
            agency=disclosure.public_agency(rules, case, recipient.agency),
            category=category,
            reason=disclosure.public_reason(rules, case, category, recipient.reason),
            due_at=due_at,
            transferred_by=giver and disclosure.public_agency(rules, case, giver),
        ),
    )
