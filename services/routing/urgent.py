"""A report of danger now: the first candidate's agency is told at once, and may read it until an official decides."""

from typing import NamedTuple

from services.routing import feed
from services.routing.cases import Decision
from services.routing.domain import State
from services.routing.feed_tables import OFFICIALS, AgencyEvent
from services.routing.reading.reading import Reading
from services.routing.reading.urgency import URGENT
from services.routing.tables import Action, Case

ENTRY = "urgent"
"""In a case's history: the machine found that somebody is in danger, and told this agency."""


class Alarm(NamedTuple):
    """What tells of a danger: the entry in the history, and the agency events."""

    entry: Action
    events: list[AgencyEvent]


def is_urgent(reading: Reading) -> bool:
    return reading.urgency.value == URGENT


def agency_to_tell(reading: Reading) -> str | None:
    """The first candidate's agency that is ours; null if none is."""
    return next((each.agency for each in reading.candidates if each.agency is not None), None)


def alarm(case: Case, decision: Decision) -> Alarm:
    """The alarm for a case whose `urgent` is set: for the agency that has it or may have it, and for the officials."""
    told = case.agency or case.urgent_for
    entry = Action(case.id, decision.at, ENTRY, decision.by, told, reason=decision.reason)
    events = feed.events_of(entry, case, case.status, [OFFICIALS])
    return Alarm(entry, [each._replace(agency=case.agency) for each in events])


def may_read(case: Case, agency: str) -> bool:
    """Whether this agency was told of the case, which still waits for an official."""
    return case.urgent and case.urgent_for == agency and case.status == State.held
