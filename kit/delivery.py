"""Handles the events of a batch in one transaction with their claims; an event not handled now waits or is parked."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from contracts.events import AnyEvent, Event
from kit import clock, inbox, log, parked, positions, waiting
from kit.arrival import Arrival, park
from kit.db import snapshot, transaction
from kit.locks import exclusive
from kit.outage import is_outage
from kit.reading import Lost, Read, read
from kit.turns import in_turn

logger = logging.getLogger(__name__)

Handlers = Mapping[type[Event], Callable[[Session, Any], None]]
"""One function for each event type; events of other types are ignored."""
Batch = Callable[[Session, Sequence[AnyEvent]], None]
"""Handles many events in order, of every type of the service's topics. May get them in batches of any size."""

TRIES = 3
MANY = 500
"""Reports whose waiting events are taken up in one transaction."""


def one_by_one(handlers: Handlers) -> Batch:
    """A `Batch` that calls the handler of each event."""

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
        self.numbered_again: set[str] = set()
        """Topics whose producer gave a number of a report to a second event: its database went back in time."""

    def deliver(self, readings: Sequence[Read | Lost]) -> None:
        """Return once each record is handled, waits or is parked, and committed. Raises only outages (`is_outage`)."""
        try:
            self._transact(readings)
            return
        except Exception as error:
            if is_outage(error):
                raise
            logger.warning("a batch of %s records failed; each is handled alone", len(readings), exc_info=error)
        for reading in readings:  # each alone, so that only the record that fails is parked
            self._settle(reading)

    def retry_parked(self) -> None:
        """Handle the events of parked reports again: newer code, or the end of a fault, may make it succeed."""
        with exclusive(self._engine, "parked") as alone:
            if not alone:
                return
            with snapshot(self._engine) as session:
                failed = parked.reports(session)
            for report in failed:
                self._retry(report)

    def _retry(self, report: str) -> None:
        try:
            self._take_up([report], put_back=True)
        except Exception as error:
            if is_outage(error):
                raise
            self._log_failure(report, "still fails and stays parked", error)

    def try_again(self) -> None:
        """Try what a person asked for: parked reports, and unreadable records that newer code may be able to read."""
        with snapshot(self._engine) as session:
            if not parked.is_wanted(session):
                return
        with exclusive(self._engine, "parked") as alone:
            if not alone:
                return
            with snapshot(self._engine) as session:
                records, reports = parked.wanted(session)
            for number, record in records.items():
                [reading] = read([record])
                if isinstance(reading, Read):
                    self._settle(reading)
                with transaction(self._engine) as session:
                    parked.tried(session, number, readable=isinstance(reading, Read))
            for report in reports:
                self._retry(report)
                with transaction(self._engine) as session:
                    parked.tried_report(session, report)

    def take_up(self) -> None:
        """Handle waiting events that need not wait any more: newer code knows them, or the missing event has come."""
        with exclusive(self._engine, "waiting") as alone:
            if not alone:
                return
            with snapshot(self._engine) as session:
                reports = waiting.reports(session)
            for first in range(0, len(reports), MANY):
                some = reports[first : first + MANY]
                try:
                    self._take_up(some)
                except Exception as error:
                    if is_outage(error):
                        raise
                    for report in some:  # each alone, so that only the report that fails is parked
                        self._try(partial(self._take_up, [report]), report)

    def _take_up(self, reports: Sequence[str], put_back: bool = False) -> None:
        with transaction(self._engine) as session:
            if put_back:
                for report in reports:
                    waiting.put_back(session, parked.take(session, report), clock.now())
            taken = inbox.taken(session, reports)
            events = waiting.take_up(session, reports, taken)
            inbox.take(session, taken)
            if events:
                self._handle(session, events)

    def _transact(self, readings: Sequence[Read | Lost]) -> None:
        now = clock.now()
        with in_turn(self._engine), transaction(self._engine) as session:
            for reading in readings:
                if isinstance(reading, Lost):
                    parked.park(session, reading.record, reading.reason, now)
            arrival = Arrival(session, [r for r in readings if isinstance(r, Read)], now)
            if events := arrival.sort():
                self._handle(session, events)
            positions.note(session, positions.after(reading.record for reading in readings))
        self.numbered_again = self.numbered_again | arrival.numbered_again  # another thread may be reading it

    def _settle(self, reading: Read | Lost) -> None:
        """Handle one record, or park its report."""
        if isinstance(reading, Lost):
            self._transact([reading])
        else:
            self._try(partial(self._transact, [reading]), reading.report, reading)

    def _try(self, work: Callable[[], None], report: str, reading: Read | None = None) -> None:
        """Do `work` for one report; if every try fails, park its waiting events and the `reading` that arrived."""
        for attempt in range(TRIES):
            try:
                work()
                return
            except Exception as error:
                if is_outage(error):
                    raise
                failure = error
                if attempt + 1 < TRIES:
                    self._stop.wait(self._pause * 4**attempt)
        self._log_failure(report, f"failed {TRIES} times and is parked", failure)
        now = clock.now()
        with transaction(self._engine) as session:
            if reading is not None and inbox.claim(session, {reading.id: reading.seq}, now):
                waiting.keep(session, reading, waiting.BEHIND, now)
            # A waiting event may be the one that failed: all events of the report are parked, in order.
            for number, each in enumerate(waiting.remove(session, report)):
                park(session, each, parked.WAITS if number else log.chain(failure), now)

    def _log_failure(self, report: str, outcome: str, error: Exception) -> None:
        token = log.report.set(report)
        logger.error("handling a report %s", outcome, exc_info=error)
        log.report.reset(token)
