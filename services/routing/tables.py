"""Routing's tables: the state of each case, every disposal and every move; never who sent the report."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Double, Index, String, Table, Text, false, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kit.db import ROW_NUMBER, Instant
from services.routing.domain import DUE, State

OPEN = "status NOT IN ('closed', 'rejected')"
"""The open reports, as the indexes of `case` that hold these alone have it: a query must say it in these words."""

TRANSFERS = "move = 'transfer'"
"""The transfers among the actions, as the index of these has it."""

URGENT = "urgent AND status NOT IN ('closed', 'rejected', 'responded')"
"""The urgent reports that nobody has answered, as the index of these has it."""

_ID = String(36)
_NAME = String(64)


class Base(SQLModel, registry=registry()):
    """Routing's own metadata."""


def _where(name: str, where: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def _of_open(name: str, *columns: str) -> Index:
    return _where(name, OPEN, *columns)


class CaseRow(Base, table=True):
    """The current state of a report. `text` is not redacted: the agency reads it; the public reads redacted words."""

    __tablename__ = "case"
    __table_args__ = (
        Index("case_newest", "received_at", "id"),
        Index("case_of_agency", "agency", "received_at", "id"),
        Index("case_of_status", "status", "received_at", "id"),
        Index("case_updated", "updated_at", "id"),
        Index("case_updated_of_agency", "agency", "updated_at", "id"),
        Index("case_wake", "wake_at"),
        # The closed reports are nearly all: the indexes of what is still to be done leave them out.
        _of_open("case_due", "due_at", "id", "status"),
        _of_open("case_due_of_agency", "agency", "due_at", "id", "status"),
        # They are few, and first in every queue.
        _where("case_urgent", URGENT, "received_at", "id", "agency"),
        # By which duplicates are found; and the reports that were merged into one.
        _where("case_of_place", "place IS NOT NULL", "place", "received_at"),
        _where("case_at", "lat IS NOT NULL", "lat", "long"),
        _where("case_merged", "duplicate_of IS NOT NULL", "duplicate_of"),
    )

    id: str = Field(primary_key=True, sa_type=_ID)
    status: str = Field(sa_type=String(16))
    kind: str = Field(sa_type=String(16))
    channel: str = Field(sa_type=String(16))
    category: str = Field(sa_type=_NAME)
    agency: str | None = Field(default=None, sa_type=_NAME)
    text: str = Field(sa_type=Text)
    place: str | None = Field(default=None, sa_type=_NAME)
    """The place's code, if it is certain."""
    place_from: str | None = Field(default=None, sa_type=String(16))
    """What the place is known by: a `PlaceFrom`; null without a place, and of the cases of earlier versions."""
    place_other: str | None = Field(default=None, sa_type=_NAME)
    """The code of another place: the words or the coordinates say it, against `place`."""
    place_hint: str | None = Field(default=None, sa_type=Text)
    """The sender's own name for the place."""
    lat: float | None = Field(default=None, sa_type=Double)
    long: float | None = Field(default=None, sa_type=Double)
    address: str | None = Field(default=None, sa_type=Text)
    anonymous: bool = False
    confidential: bool = False
    hidden: bool = False
    held_reason: str | None = Field(default=None, sa_type=Text)
    held_because: str | None = Field(default=None, sa_type=String(80))
    """The reasons of `HeldBecause`, with spaces around each; null if a version without this held it."""
    received_at: datetime = Field(sa_type=Instant)
    verified_at: datetime | None = Field(default=None, sa_type=Instant)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    """The last deadline that was set: to respond; of a report that no agency has, the desk's: to verify it, or to
    dispose it anew. It stays when it was met; something is due by it only in the states of `domain.DUE`."""
    responded_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the report was answered last; null of an answer that a process of the version before wrote beside this one.

    The public record has it of these, too."""
    wake_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the clock rings next; null after it has rung, or if no clock runs."""
    clock_from: datetime | None = Field(default=None, sa_type=Instant)
    """From when `clock_due` counts; null of the cases of earlier versions."""
    clock_days: int | None = None
    """How many working days after `clock_from` the deadline is."""
    clock_due: datetime | None = Field(default=None, sa_type=Instant)
    """The deadline that was computed so; if `due_at` is another one, somebody else set it, and no calendar moves it."""
    escalated_at: datetime | None = Field(default=None, sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closure: str | None = Field(default=None, sa_type=String(24))
    elsewhere: str | None = Field(default=None, sa_type=Text)
    """Of a held report: what its source told of its agency, answer and end, as JSON; it counts once verified."""
    reading: str | None = Field(default=None, sa_type=Text)
    """What the machine found in `text`, as JSON (`readings`); null of the cases of earlier versions."""
    repeats: str | None = Field(default=None, sa_type=_ID)
    """An earlier report of the same reporter in the same words."""
    urgent: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether its words told of danger to somebody at that time."""
    urgent_for: str | None = Field(default=None, sa_type=_NAME)
    """The agency that was told of it before an official decided."""
    duplicate_of: str | None = Field(default=None, sa_type=_ID)
    """The main report that an official merged this one into."""
    merged_count: int | None = None
    """How many reports are merged into this one now; null of none."""


class DispositionRow(Base, table=True):
    """Each disposal of a case to an agency: by whom, and why."""

    __tablename__ = "disposition"
    __table_args__ = (
        Index("disposition_of_report", "report", "number"),
        Index("disposition_by", "by", "report"),
    )

    number: int | None = Field(default=None, primary_key=True, sa_type=ROW_NUMBER)
    report: str = Field(sa_type=_ID)
    at: datetime = Field(sa_type=Instant)
    agency: str = Field(sa_type=_NAME)
    category: str = Field(sa_type=_NAME)
    by: str = Field(sa_type=_NAME)
    reason: str = Field(sa_type=Text)
    due_at: datetime | None = Field(default=None, sa_type=Instant)


class ActionRow(Base, table=True):
    """Every move ever made on a case. `by` is "machine", "official", "reporter" or an agency's id.

    Null in rows of earlier versions: `answer`, the number of the answer that a correction is of; `erased`, whether
    the words of an answer or a correction were erased for privacy.
    """

    __tablename__ = "action"
    __table_args__ = (
        Index("action_of_report", "report", "number"),
        Index("action_transfer", "by", "report", sqlite_where=text(TRANSFERS), postgresql_where=text(TRANSFERS)),
    )

    number: int | None = Field(default=None, primary_key=True, sa_type=ROW_NUMBER)
    report: str = Field(sa_type=_ID)
    at: datetime = Field(sa_type=Instant)
    move: str = Field(sa_type=String(16))
    by: str = Field(sa_type=_NAME)
    agency: str | None = Field(default=None, sa_type=_NAME)
    text: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    request: str | None = Field(default=None, sa_type=String(64))
    """The hash of the request that did it (`repeating`); null of what no act did, and of all but an act's last row."""
    answer: int | None = None
    erased: bool | None = None
    closure: str | None = Field(default=None, sa_type=String(24))
    """Of a move that closed the case; null of those that a version without this made."""
    public_text: str | None = Field(default=None, sa_type=Text)
    """What of `text` the public read at once; null if nothing, and of the actions of earlier versions."""
    public_reason: str | None = Field(default=None, sa_type=Text)


class ReferenceRow(Base, table=True):
    """An agency's own number for a report, such as a ticket's. Each agency that had the report keeps its own."""

    __tablename__ = "agency_reference"
    __table_args__ = (Index("agency_reference_found", "reference", "agency"),)

    report: str = Field(primary_key=True, sa_type=_ID)
    agency: str = Field(primary_key=True, sa_type=_NAME)
    reference: str = Field(sa_type=String(100))


CASE: Table = CaseRow.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it for type checkers
DISPOSITION: Table = DispositionRow.__table__  # type: ignore[attr-defined]
ACTION: Table = ActionRow.__table__  # type: ignore[attr-defined]
REFERENCE: Table = ReferenceRow.__table__  # type: ignore[attr-defined]


@dataclass(kw_only=True)
class Case:
    """A row of `case`, without its table model, which costs a third of a millisecond for each report."""

    id: str
    status: str
    kind: str
    channel: str
    category: str
    agency: str | None = None
    text: str
    place: str | None = None
    place_from: str | None = None
    place_other: str | None = None
    place_hint: str | None = None
    lat: float | None = None
    long: float | None = None
    address: str | None = None
    anonymous: bool = False
    confidential: bool = False
    hidden: bool = False
    held_reason: str | None = None
    held_because: str | None = None
    received_at: datetime
    verified_at: datetime | None = None
    due_at: datetime | None = None
    responded_at: datetime | None = None
    wake_at: datetime | None = None
    clock_from: datetime | None = None
    clock_days: int | None = None
    clock_due: datetime | None = None
    escalated_at: datetime | None = None
    updated_at: datetime
    closed_at: datetime | None = None
    closure: str | None = None
    elsewhere: str | None = None
    reading: str | None = None
    repeats: str | None = None
    urgent: bool = False
    urgent_for: str | None = None
    duplicate_of: str | None = None
    merged_count: int | None = None

    @property
    def subject(self) -> UUID:
        """The id as a UUID, the `subject` of events."""
        return _uuid(self.id)

    def copy(self) -> "Case":
        """A case with the same values; `dataclasses.replace` would take ten times as long."""
        made = Case.__new__(Case)
        vars(made).update(vars(self))
        return made

    @property
    def next_due_at(self) -> datetime | None:
        """By when something is due; null once the report is answered or has ended."""
        return self.due_at if self.status in DUE else None

    @property
    def closes_at(self) -> datetime | None:
        """When silence closes the report, if nobody says a word; null unless it is answered."""
        return self.wake_at if self.status == State.responded else None


class Disposition(NamedTuple):
    """A new row of `disposition`."""

    report: str
    at: datetime
    agency: str
    category: str
    by: str
    reason: str
    due_at: datetime | None


class Action(NamedTuple):
    """A new row of `action`."""

    report: str
    at: datetime
    move: str
    by: str
    agency: str | None = None
    text: str | None = None
    reason: str | None = None
    request: str | None = None
    answer: int | None = None
    erased: bool | None = None
    closure: str | None = None
    public_text: str | None = None
    public_reason: str | None = None


_uuid = lru_cache(maxsize=1024)(UUID)  # the events of one report ask for it one after the other
