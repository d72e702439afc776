"""What the public may know of one report, and how each fact about its case changes that."""

from datetime import datetime
from typing import NamedTuple


class OutOfOrder(Exception):
    """A fact about a report that was never opened, or was opened before."""


class Place(NamedTuple):
    code: str
    name: str
    kecamatan: str


class Step(NamedTuple):
    """One line of a report's public history."""

    at: datetime
    what: str
    agency: str | None = None
    text: str | None = None
    reason: str | None = None


class Record(NamedTuple):
    """A public report. If `withheld`, its words and whereabouts are not in it, nor in its history."""

    id: str
    kind: str
    channel: str
    category: str
    place: Place | None
    lat: float | None
    long: float | None
    address: str | None
    text: str | None
    withheld: bool
    received_at: datetime
    verified_at: datetime
    updated_at: datetime
    agency: str | None = None
    status: str = "verified"
    due_at: datetime | None = None
    closed_at: datetime | None = None
    closure: str | None = None
    history: tuple[Step, ...] = ()


class Change(NamedTuple):
    """What a fact does to a record: the step it adds, and the fields it sets."""

    step: Step
    status: str | None = None
    agency: str | None = None
    category: str | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
    closure: str | None = None
    new_due: bool = False
    """Whether `due_at` replaces the one before, null too."""


def open_record(record: Record, step: Step) -> Record:
    """A record at its beginning; of a withheld one, whatever words and whereabouts came are dropped."""
    if record.withheld:
        record = record._replace(place=None, lat=None, long=None, address=None, text=None)
    return record._replace(history=(step,))


def apply(record: Record, change: Change) -> Record:
    """The record after a change. It is never updated earlier than it was: history from elsewhere has old dates."""
    status = change.status or record.status
    closed = status == "closed"
    return record._replace(
        status=status,
        agency=change.agency or record.agency,
        category=change.category or record.category,
        due_at=change.due_at if change.new_due else record.due_at,
        closed_at=(change.closed_at or record.closed_at) if closed else None,
        closure=(change.closure or record.closure) if closed else None,
        updated_at=max(record.updated_at, change.step.at),
        history=(*record.history, _told(record, change.step)),
    )


def is_open(status: str) -> bool:
    """Open311 knows two states; ours that are not `closed` are open.

    >>> is_open("responded"), is_open("closed")
    (True, False)
    """
    return status != "closed"


def _told(record: Record, step: Step) -> Step:
    # A reason may quote the report, an answer may name the place: of a withheld report neither is told.
    return step._replace(text=None, reason=None) if record.withheld else step
