"""How each event of a case changes a public record: the values that it sets, and the step that it adds to the history.

A field declares the events that it is taken from; this module adds the values that no event has as a member.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from contracts import events
from contracts.events import Closure, Event
from contracts.open311 import clean
from services.publish.datasets import history, reports
from services.publish.datasets.field import Field, members
from services.publish.record.answers import CORRECTED
from services.publish.record.facts import Change, Record, Shown, Step, Value, Values

SHOWN = Shown(
    frozenset(field.member for field in reports.FIELDS if field.confidential),
    frozenset(field.member for field in history.FIELDS if field.confidential),
)


def opened(event: events.CaseOpened) -> tuple[Record, Step]:
    """A new record, and the first step of its history."""
    at, given = milliseconds(event.time), isinstance(event, events.CaseOpenedV2)
    values: Values = {
        **dict.fromkeys(reports.MEMBERS),
        **_taken(_RECORD, event),
        "id": event.report,
        "status": "disposed" if given else "verified",
        "reported_by": 1,
        "verified_at": at,
        "updated_at": milliseconds(event.recorded_at or event.time),
    }
    record = Record(values, withheld=event.confidential)
    reason = f"by {event.verified_by}"
    if isinstance(event, events.CaseOpenedV2) and not event.confidential:
        reason += f": {clean(event.reason)}"
    return record, Step(at, "verified", {**_taken(_STEP, event), "reason": reason})


def change(event: events.AnyEvent) -> Change:
    """How an event changes a public record."""
    at = milliseconds(event.time)
    match event:
        case events.CaseDisposed():
            return _change(event, at, "transferred" if event.transferred_by else "disposed", "disposed")
        case events.CaseAcknowledged():
            return _change(event, at, "acknowledged", "in_progress")
        case events.CaseResponded():
            return _change(event, at, "responded", "responded")
        case events.CaseAmended():
            return _change(event, at, "amended", None)
        case events.CaseClosed():
            closing = _change(event, at, "closed", "closed")
            return closing._replace(values={**closing.values, "closed_at": at})
        case events.CaseReopened():
            return _change(event, at, "reopened", "reopened")
        case events.CaseRelocated():
            return _change(event, at, "relocated", None)
        case events.CaseEscalated():
            return _change(event, at, "escalated", None)
        case events.CaseRescheduled():
            return _change(event, at, "rescheduled", None)
        case _:
            return _mending(event, at)


def _mending(event: events.AnyEvent, at: datetime) -> Change:
    """How an event mends what was done before."""
    match event:
        case events.CaseMerged():
            ended: Values = {"closed_at": at, "closure": Closure.duplicate.value}
            merging = _change(event, at, "merged", "closed")
            return merging._replace(values={**merging.values, **ended})
        case events.CaseSplit():
            return _change(event, at, "split", "reopened")
        case events.CaseRefused():
            return Change(Step(at, "refused", _taken(_STEP, event)), _WITHOUT_AGENCY)
        case events.CaseCorrected():
            return _change(event, at, CORRECTED, None)
        case _:
            raise TypeError(f"{event.type} is no change to a public record")


_WITHOUT_AGENCY: Values = {"status": "verified", "agency": None, "due_at": None}


def recounted(record: Record, at: datetime, more: int) -> Change:
    """The change to a main report when so many more are merged into it."""
    count = record.number("reported_by") or 1
    return Change(Step(at, "recounted"), {"reported_by": int(count) + more})


def hiding(event: events.CaseHidden) -> Step:
    """The step that hides a report: the last of its public history."""
    return Step(milliseconds(event.time), "hidden", _taken(_STEP, event))


def milliseconds(at: datetime) -> datetime:
    """The time cut to milliseconds, as documents have it: a record that is read from its document must be the same."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _change(event: Event, at: datetime, what: str, status: str | None) -> Change:
    values = _taken(_RECORD, event)
    step = Step(at, what, _taken(_STEP, event))
    return Change(step, values if status is None else {**values, "status": status})


def _taken(by_event: Mapping[type[Event], tuple[str, ...]], event: Event) -> dict[str, Value]:
    return {member: _value(getattr(event, member)) for member in by_event.get(type(event), ())}


def _by_event(fields: Collection[Field]) -> Mapping[type[Event], tuple[str, ...]]:
    events = {event for field in fields for event in field.taken}
    return {event: members([field for field in fields if event in field.taken]) for event in events}


_RECORD, _STEP = _by_event(reports.FIELDS), _by_event(history.FIELDS)
"""The members that each event sets."""


def _value(value: object) -> Value:
    match value:
        case StrEnum():
            return value.value
        case UUID():
            return str(value)
        case str():
            return clean(value)
        case datetime():
            return milliseconds(value)
        case date():
            return value.isoformat()
        case BaseModel():
            return value.model_dump(mode="json")
        case float() | int() | None:
            return value
        case _:
            raise TypeError(f"{type(value).__name__} is no value of a public field")
