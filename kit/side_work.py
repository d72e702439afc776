"""The work of a worker beside its loop: a thread sends the outbox, another makes missing topics again."""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence

from sqlalchemy import Engine

from contracts.topics import Topic
from kit import outbox, telemetry, wake
from kit.bus import Bus, BusUnavailable, Producer
from kit.db import snapshot
from kit.outage import is_outage
from kit.watching import Signal

logger = logging.getLogger(__name__)


LOOK_EACH = 2.0
_LOOKS_KEPT = 43_200
"""The looks of one day. In a longer outage, the oldest event is reported to have waited for about a day."""


ENSURE_EACH = 15.0


class TopicKeeper(threading.Thread):
    """Makes missing topics again, until `ended`: a broker may be replaced by an empty one."""

    def __init__(self, service: str, bus: Bus, topics: Sequence[Topic], ended: threading.Event) -> None:
        super().__init__(name=f"{service} topics", daemon=True)
        self._bus, self._topics, self._ended = bus, topics, ended

    def run(self) -> None:
        while not self._ended.wait(ENSURE_EACH):
            try:
                self._bus.ensure(self._topics)
            except BusUnavailable as error:
                logger.warning("the bus does not answer; its topics are looked at again later", exc_info=error)


class Queued:
    """Estimates since when the oldest unsent event has been queued, from repeated looks at the outbox.

    An event's own time cannot be used: it may be years ago, if the report was imported. Its number can: a look that
    saw an equal or higher number came after the event was queued. So `since` is never too early; it may be late by
    the time between two looks, and is late for events queued before the first look.
    """

    def __init__(self) -> None:
        self.since: float | None = None
        """By the clock that `look` is given; null when all events are sent."""
        self._looks: deque[tuple[int, float]] = deque(maxlen=_LOOKS_KEPT)

    def look(self, ends: tuple[int, int] | None, at: float) -> None:
        """`ends`: the numbers of the first and the last unsent event `at` this time."""
        looks = self._looks
        if ends is None:
            looks.clear()
            self.since = None
            return
        first, last = ends
        while looks and looks[0][0] < first:
            looks.popleft()
        if not looks or (last > looks[-1][0] and at - looks[-1][1] >= LOOK_EACH):
            looks.append((last, at))
        self.since = looks[0][1]


class Relay(threading.Thread):
    """Sends the outbox's events until `ended` is set."""

    def __init__(self, service: str, engine: Engine, bus: Bus, ended: threading.Event) -> None:
        super().__init__(name=f"{service} relay", daemon=True)
        self._service, self._engine, self._bus, self._ended = service, engine, bus, ended
        self._queued = Queued()
        telemetry.OUTBOX_OLDEST.labels(service).set_function(self._waited)

    def run(self) -> None:
        with wake.changes(self._engine, outbox.UNSENT) as unsent:
            self._run(unsent)

    def _run(self, unsent: Signal) -> None:
        producer: Producer | None = None
        wait, looked = 0.1, 0.0
        while not self._ended.is_set():
            try:
                seen = unsent.count
                if time.monotonic() - looked > LOOK_EACH:
                    looked = time.monotonic()
                    self.look()
                producer = producer or self._bus.producer()
                sent = outbox.relay(self._engine, producer, self._service)
                telemetry.SENT.labels(self._service).inc(sent)
                wait = 0.1
                if sent:
                    looked = 0.0  # look again: another event is the oldest now
                else:
                    wake.wait(unsent, seen, self._ended)
            except Exception as error:
                # No error may end this thread, or unsent events would pile up unnoticed.
                expected = isinstance(error, BusUnavailable) or is_outage(error)
                logger.log(
                    logging.WARNING if expected else logging.ERROR,
                    "the outbox could not be sent; trying again in %.1f s",
                    wait,
                    exc_info=error,
                )
                self._ended.wait(wait)
                wait = min(wait * 2, 5.0)
        if producer is not None:
            producer.close()

    def look(self) -> None:
        """Note the outbox's first and last number, for the metric of the oldest unsent event."""
        with snapshot(self._engine) as session:
            ends = outbox.ends(session)
        self._queued.look(ends, time.monotonic())

    def _waited(self) -> float:
        since = self._queued.since
        return 0.0 if since is None else time.monotonic() - since
