"""Decodes a batch of records: each is an event, an event that only a newer version knows, or unreadable."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

from contracts.events import AnyEvent
from kit.bus import BusRecord
from kit.bus.cloudevents import Numbering, Unknown, Unreadable, decode, numbering

logger = logging.getLogger(__name__)

UNREADABLE_IN_A_ROW = 10
"""So many in a row mean that the code is wrong, not the records; it must not park the whole topic."""


class TooManyUnreadable(Exception):
    """Ten records in a row could not be read. The worker stops without parking this batch; it is delivered again."""


class Read(NamedTuple):
    record: BusRecord
    event: AnyEvent | None
    """Null if this version does not know the event's type or a value in it; `unknown` says which."""
    id: str
    """The event's id."""
    report: str
    numbering: Numbering | None
    unknown: str = ""

    @property
    def seq(self) -> int:
        """The event's number; 0 if it has no number."""
        return 0 if self.numbering is None else self.numbering.seq

    @property
    def after(self) -> str | None:
        """The id of the event that must be handled before this one, if the record says so."""
        return None if self.numbering is None else self.numbering.after


class Lost(NamedTuple):
    """An unreadable record, and why it is unreadable."""

    record: BusRecord
    reason: str


def read(records: Sequence[BusRecord], run: int) -> tuple[list[Read | Lost], int]:
    """Decode a batch. `run`: how many unreadable records in a row came before it; the new count is returned."""
    readings: list[Read | Lost] = []
    for record in records:
        try:
            readings.append(read_one(record))
            run = 0
        except Unreadable as error:
            logger.error("unreadable record: %s/%s@%s", record.topic, record.partition, record.offset)
            readings.append(Lost(record, str(error)))
            run += 1
            if run >= UNREADABLE_IN_A_ROW:
                raise TooManyUnreadable(f"up to {record.topic}/{record.partition}@{record.offset}") from error
    return readings, run


def read_one(record: BusRecord) -> Read:
    """Decode one record. Raises `Unreadable`."""
    number = numbering(record)
    try:
        event = decode(record)
    except Unknown as error:
        return Read(record, None, str(error.event.id), error.event.report, number, str(error))
    return Read(record, event, str(event.id), event.report, number)
