"""The public record of one report, and how each fact about its case changes it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

Value = str | float | int | bool | datetime | None | Mapping[str, object]
Values = Mapping[str, Value]
"""Stored values, by the members that they become."""


_NONE: Values = MappingProxyType({})


class OutOfOrder(Exception):
    """A fact about a report that was never opened, or was opened before."""


class Step(NamedTuple):
    """One line of a report's public history."""

    at: datetime
    what: str
    values: Values = _NONE
    """Its other members: the agency, the words, the reason, the deadline."""

    def word(self, member: str) -> str | None:
        """A member that is text."""
        value = self.values.get(member)
        return value if isinstance(value, str) else None


class Record(NamedTuple):
    """A public report. If `withheld`, neither it nor its history has the report's words or place."""

    values: Values
    withheld: bool = False
    text_salt: bytes | None = None
    """The salt of the hash of its words; null until they are committed to, and without words."""
    history: tuple[Step, ...] = ()
    replaced: tuple[int, ...] = ()
    """The positions in `history` of the steps whose words its last step erased; never stored."""

    @property
    def id(self) -> str:
        return str(self.values["id"])

    @property
    def status(self) -> str:
        return str(self.values["status"])

    @property
    def category(self) -> str:
        return str(self.values["category"])

    def word(self, member: str) -> str | None:
        """A stored value that is text."""
        value = self.values.get(member)
        return value if isinstance(value, str) else None

    def number(self, member: str) -> float | None:
        """A stored value that is a number."""
        value = self.values.get(member)
        return value if isinstance(value, float | int) else None

    def time(self, member: str) -> datetime | None:
        """A stored value that is a time."""
        value = self.values.get(member)
        return value if isinstance(value, datetime) else None

    def moment(self, member: str) -> datetime:
        """A stored value that is a time in every record."""
        value = self.values[member]
        if not isinstance(value, datetime):
            raise TypeError(f"a record has no time {member}")
        return value

    def part(self, member: str, name: str) -> str | None:
        """A text inside a stored object, such as the place's code."""
        value = self.values.get(member)
        part = value.get(name) if isinstance(value, Mapping) else None
        return part if isinstance(part, str) else None


class Change(NamedTuple):
    """The change that a fact makes to a record: the step that it adds, and the values that it sets."""

    step: Step
    values: Values = _NONE


class Shown(NamedTuple):
    """Which members are public of a confidential report too: of its record, and of a step of its history."""

    record: frozenset[str]
    step: frozenset[str]


def open_record(record: Record, step: Step, shown: Shown) -> Record:
    """A record with its first step; the words and place of a withheld record are dropped."""
    if record.withheld:
        record = record._replace(values=_only(record.values, shown.record))
    return record._replace(history=(step,))


def apply(record: Record, change: Change, shown: Shown, now: datetime) -> Record:
    """The record after a change. `updated_at` never goes back: a change with an older date is made `now`.

    So a program that reads what was updated since its last time finds history that was brought later, too.
    """
    set_now = _only(change.values, shown.record) if record.withheld else change.values
    before = record.moment("updated_at")
    values = {
        **record.values,
        **set_now,
        "updated_at": max(before, change.step.at if change.step.at >= before else now),
    }
    if values["status"] != "closed":
        values |= {"closed_at": None, "closure": None, "duplicate_of": None}
    history = (*record.history, _public_step(record, change.step, shown))
    values |= _clocks(values, history)
    return record._replace(values=values, history=history, replaced=())


def not_before(record: Record, as_of: datetime, now: datetime) -> Record:
    """The record, with an `updated_at` that readers were not told to have all of: an earlier one is made `now`."""
    if record.moment("updated_at") >= as_of:
        return record
    return record._replace(values={**record.values, "updated_at": max(now, as_of)})


_AWAITED = frozenset({"disposed", "in_progress", "reopened"})
"""The states in which an agency's answer is due."""
_BEGINNINGS = frozenset({"disposed", "transferred", "reopened", "split"})
"""The steps from which an agency has days of its own: it was not late before."""


def _clocks(values: Values, history: Sequence[Step]) -> Values:
    """The times of a report that follow from its state and history, whichever version wrote the history."""
    status = values["status"]
    escalated_at = None
    for step in history:
        escalated_at = step.at if step.what == "escalated" else None if step.what in _BEGINNINGS else escalated_at
    return {
        "due_at": values["due_at"] if status in _AWAITED else None,
        "closes_at": values["closes_at"] if status == "responded" else None,
        "responded_at": max((step.at for step in history if step.what == "responded"), default=None),
        "escalated_at": escalated_at,
    }


def is_open(status: str) -> bool:
    """Open311 knows two states; ours that are not `closed` are open.

    >>> is_open("responded"), is_open("closed")
    (True, False)
    """
    return status != "closed"


def _public_step(record: Record, step: Step, shown: Shown) -> Step:
    # A reason may quote the report, an answer may name the place: of a withheld report neither is public.
    return step._replace(values=_only(step.values, shown.step)) if record.withheld else step


def _only(values: Values, members: frozenset[str]) -> Values:
    return {member: value if member in members else None for member, value in values.items()}
