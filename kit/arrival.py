"""Sorts a batch of events as it arrives: each is handled now, waits, or is parked behind a failed event."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from contracts.events import AT_ONCE, AnyEvent
from kit import inbox, parked, waiting
from kit.reading import Read


class Arrival:
    """A batch of events as it arrives: which are new, and which of these wait."""

    def __init__(self, session: Session, readings: Sequence[Read], now: datetime) -> None:
        self._session, self._readings, self._now = session, readings, now
        reports = list(dict.fromkeys(r.report for r in readings))
        self._new = inbox.claim(session, {r.id: r.seq for r in readings}, now)
        self._taken = inbox.taken(session, reports)
        self._parked = set(parked.reports(session))
        self._waiting = set(waiting.reports(session, reports))
        self._touched: set[str] = set()
        self.numbered_again: set[str] = set()
        """Topics with a new event whose number was handled already, as another event."""

    def sort(self) -> list[AnyEvent]:
        """The events to handle now, in order for each report. The others are kept, and the table `taken` is updated."""
        before = dict(self._taken)
        events = [event for reading in self._readings if (event := self._admit(reading)) is not None]
        events += waiting.take_up(self._session, self._touched, self._taken)
        moved = {report: seq for report, seq in self._taken.items() if seq != before.get(report)}
        inbox.take(self._session, moved)
        return events

    def _admit(self, reading: Read) -> AnyEvent | None:
        """The event if it is to be handled now, else null: it is a repeat, waits or is parked."""
        new = reading.id in self._new and not self._forgotten(reading)
        self._new.discard(reading.id)  # so a repeat in the same batch is dropped
        if not new:
            return None
        if 0 < reading.seq <= self._taken.get(reading.report, 0):
            self.numbered_again.add(reading.record.topic)
        at_once = isinstance(reading.event, AT_ONCE)
        if reading.report in self._parked:
            if not at_once:
                park(self._session, reading, parked.WAITS, self._now)
        elif reason := self._why_wait(reading):
            waiting.keep(self._session, reading, reason, self._now, handled=at_once)
            self._waiting.add(reading.report)
            self._touched.add(reading.report)
        else:
            waiting.move_on(reading, self._taken)
            return reading.event
        return reading.event if at_once else None

    def _why_wait(self, reading: Read) -> str | None:
        if reading.event is not None and reading.report in self._waiting:
            return waiting.BEHIND
        # Claims are not read here. They matter seldom, and `waiting.take_up` reads them in the same transaction.
        return waiting.why_not(reading, self._taken, claimed=())

    def _forgotten(self, reading: Read) -> bool:
        """Whether the event was handled so long ago that its claim was deleted: then only its number shows it."""
        old = 0 < reading.record.at < (self._now - inbox.KEPT).timestamp() * 1000
        return old and 0 < reading.seq <= self._taken.get(reading.report, 0)


def park(session: Session, reading: Read, reason: str, now: datetime) -> None:
    """Keep the event in the table `parked`, with its report."""
    parked.park(session, reading.record, reason, now, event=reading.id, report=reading.report)
