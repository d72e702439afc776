"""Sorts a batch of events as it arrives: what is handled now, what waits, and what is parked behind a failed event."""

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

    def sort(self) -> list[AnyEvent]:
        """The events to be handled now, each report's in order; all others are kept, and progress is noted."""
        before = dict(self._taken)
        events = [event for reading in self._readings if (event := self._admit(reading)) is not None]
        events += waiting.take_up(self._session, self._touched, self._taken)
        moved = {report: seq for report, seq in self._taken.items() if seq != before.get(report)}
        inbox.take(self._session, moved)
        return events

    def _admit(self, reading: Read) -> AnyEvent | None:
        """The event, if it is handled now."""
        new = reading.id in self._new and not self._forgotten(reading)
        self._new.discard(reading.id)  # a second time in this batch it is not new
        if not new:
            return None
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
        # Without a look at claims: what they tell apart is taken up again at once, and seldom.
        return waiting.why_not(reading, self._taken, claimed=())

    def _forgotten(self, reading: Read) -> bool:
        """Whether it was handled so long ago that its claim is forgotten, and only its number says so."""
        old = 0 < reading.record.at < (self._now - inbox.KEPT).timestamp() * 1000
        return old and 0 < reading.seq <= self._taken.get(reading.report, 0)


def park(session: Session, reading: Read, reason: str, now: datetime) -> None:
    """Keep the event in the table `parked`, with its report."""
    parked.park(session, reading.record, reason, now, event=reading.id, report=reading.report)
