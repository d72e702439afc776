"""Reads a batch off the bus: each record as an event, as one that a newer version may know, or as unreadable."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

from contracts.events import AnyEvent
from kit.bus import BusRecord
from kit.bus.cloudevents import Numbering, Unknown, Unreadable, decode, numbering

logger = logging.getLogger(__name__)

UNREADABLE_IN_A_ROW = 10
"""So many in a row are not bad records but bad code: it must not run through the topic."""


class TooManyUnreadable(Exception):
    """Ten records in a row could not be read. The worker stops before it parks this batch; it comes again."""


class Read(NamedTuple):
    record: BusRecord
    event: AnyEvent | None
    """Null: this version does not know its type, or a value in it; `unknown` says which."""
    id: str
    """The event's."""
    report: str
    numbering: Numbering | None
    unknown: str = ""

    @property
    def seq(self) -> int:
        """The event's number; 0 if it has none."""
        return 0 if self.numbering is None else self.numbering.seq

    @property
    def after(self) -> str | None:
        """The id of the event that must be handled before this one, if the record says so."""
        return None if self.numbering is None else self.numbering.after


class Lost(NamedTuple):
    """A record that nobody can read, and why."""

    record: BusRecord
    reason: str


def read(records: Sequence[BusRecord], run: int) -> tuple[list[Read | Lost], int]:
    """Decode a batch. `run` is how many in a row were unreadable before it; returned as it is after it."""
    readings: list[Read | Lost] = []
    for record in records:
        try:
            readings.append(read_one(record))
            run = 0
        except Unreadable as error:
            logger.error("unreadable: %s/%s@%s", record.topic, record.partition, record.offset)
            readings.append(Lost(record, str(error)))
            run += 1
            if run >= UNREADABLE_IN_A_ROW:
                raise TooManyUnreadable(f"up to {record.topic}/{record.partition}@{record.offset}") from error
    return readings, run


def read_one(record: BusRecord) -> Read:
    """One record. Raises `Unreadable`."""
    number = numbering(record)
    try:
        event = decode(record)
    except Unknown as error:
        return Read(record, None, str(error.event.id), error.event.report, number, str(error))
    return Read(record, event, str(event.id), event.report, number)
