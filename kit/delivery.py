"""Handles what came off the bus: claimed and done in one transaction, tried again if it may heal, else parked."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session

from contracts.events import AnyEvent, Event
from kit import inbox, log, parked
from kit.bus import Record
from kit.bus.cloudevents import Unreadable, decode
from kit.db import exclusive, snapshot, transaction
from kit.outage import is_outage

logger = logging.getLogger(__name__)

Handlers = Mapping[type[Event], Callable[[Session, Any], None]]
"""One function for each event type; a type without one is passed over."""
Batch = Callable[[Session, Sequence[AnyEvent]], None]
"""Handles many events in order, of every type of the service's topics. Must not depend on where a batch is cut."""

TRIES = 3
UNREADABLE_IN_A_ROW = 10
"""So many in a row are not bad records but bad code: it must not run through the topic."""


class TooManyUnreadable(Exception):
    """Ten records in a row could not be read. The worker stops before it parks this batch; it comes again."""


class Read(NamedTuple):
    record: Record
    event: AnyEvent
    id: str
    """The event's."""


class Lost(NamedTuple):
    """A record that nobody can read, and why."""

    record: Record
    reason: str


def read(records: Sequence[Record], run: int) -> tuple[list[Read | Lost], int]:
    """Decode a batch. `run` is how many in a row were unreadable before it; returned as it is after it."""
    readings: list[Read | Lost] = []
    for record in records:
        try:
            event = decode(record)
            readings.append(Read(record, event, str(event.id)))
            run = 0
        except Unreadable as error:
            logger.error("unreadable: %s/%s@%s", record.topic, record.partition, record.offset)
            readings.append(Lost(record, str(error)))
            run += 1
            if run >= UNREADABLE_IN_A_ROW:
                raise TooManyUnreadable(f"up to {record.topic}/{record.partition}@{record.offset}") from error
    return readings, run


def one_by_one(handlers: Handlers) -> Batch:
    """The handlers of single events as one of many."""

    def handle(session: Session, events: Sequence[AnyEvent]) -> None:
        for event in events:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(session, event)

    return handle


class Delivery:
    """`pause`: seconds before a failed record is tried again; four times as long before the next try."""

    def __init__(self, engine: Engine, handle: Batch, stop: threading.Event, pause: float) -> None:
        self._engine, self._handle, self._stop, self._pause = engine, handle, stop, pause

    def deliver(self, readings: Sequence[Read | Lost]) -> None:
        """Return once each is handled or parked, and committed. Raises only a lost database's errors."""
        try:
            self._transact(readings)
            return
        except Exception as error:
            if is_outage(error):
                raise
            logger.warning("a batch of %s failed and is taken one by one", len(readings), exc_info=error)
        for reading in readings:  # some record of it fails; each alone, they tell which
            self._settle(reading)

    def retry_parked(self) -> None:
        """Try parked reports again: after a start with better code, or when what failed may have healed."""
        with exclusive(self._engine, "parked") as alone:
            if not alone:
                return
            with snapshot(self._engine) as session:
                waiting = parked.reports(session)
            for report in waiting:
                try:
                    with transaction(self._engine) as session:
                        self._handle(session, [decode(record) for record in parked.take(session, report)])
                except Exception as error:
                    if is_outage(error):
                        raise
                    self._say(report, "still fails, stays parked", error)

    def _transact(self, readings: Sequence[Read | Lost]) -> None:
        now = datetime.now(UTC)
        with transaction(self._engine) as session:
            new = inbox.claim(session, [r.id for r in readings if isinstance(r, Read)], now)
            waiting = set(parked.reports(session))
            ready: list[AnyEvent] = []
            for reading in readings:
                if isinstance(reading, Lost):
                    parked.park(session, reading.record, reading.reason, now)
                    continue
                if reading.id not in new:
                    continue  # handled before
                new.remove(reading.id)  # or twice in this batch
                if waiting and reading.event.report in waiting:
                    _park(session, reading, parked.WAITS, now)
                else:
                    ready.append(reading.event)
            if ready:
                self._handle(session, ready)

    def _settle(self, reading: Read | Lost) -> None:
        """Handle one record, or park its report."""
        for attempt in range(TRIES):
            try:
                self._transact([reading])
                return
            except Exception as error:
                if is_outage(error) or isinstance(reading, Lost):
                    raise
                failure = error
                if attempt + 1 < TRIES:
                    self._stop.wait(self._pause * 4**attempt)
        assert isinstance(reading, Read)  # noqa: S101  # a lost one has returned or raised
        self._say(reading.event.report, f"failed {TRIES} times, is parked", failure)
        now = datetime.now(UTC)
        with transaction(self._engine) as session:
            if inbox.claim(session, [reading.id], now):
                _park(session, reading, log.chain(failure), now)

    def _say(self, report: str, what: str, error: Exception) -> None:
        token = log.report.set(report)
        logger.error("a report %s", what, exc_info=error)
        log.report.reset(token)


def _park(session: Session, reading: Read, reason: str, now: datetime) -> None:
    parked.park(session, reading.record, reason, now, event=reading.id, report=reading.event.report)
