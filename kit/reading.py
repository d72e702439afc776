"""Decodes a batch of records: each is an event, an event that only a newer version knows, or unreadable."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

from contracts.events import AnyEvent
from kit import log
from kit.bus import BusRecord
from kit.bus.cloudevents import Numbering, Unknown, Unreadable, decode, numbering

logger = logging.getLogger(__name__)


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


def read(records: Sequence[BusRecord]) -> list[Read | Lost]:
    """Decode a batch."""
    return [_read_or_lose(record) for record in records]


def _read_or_lose(record: BusRecord) -> Read | Lost:
    try:
        return read_one(record)
    except Unreadable as error:
        reason = str(error)
    except Exception as error:  # whatever a record does to our code, the others of its batch are read
        reason = log.chain(error)
    logger.error("unreadable record: %s/%s@%s", record.topic, record.partition, record.offset)
    return Lost(record, reason)


def read_one(record: BusRecord) -> Read:
    """Decode one record. Raises `Unreadable`."""
    number = numbering(record)
    try:
        event = decode(record)
    except Unknown as error:
        return Read(record, None, str(error.event.id), error.event.report, number, str(error))
    return Read(record, event, str(event.id), event.report, number)
