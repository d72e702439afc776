"""What a worker does beside its loop: send the outbox, on a thread of its own; and by the clock, forget old claims."""

import logging
import threading
import time
from collections import deque
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from kit import inbox, outbox, sent, telemetry
from kit.bus import Bus, BusUnavailable, Producer
from kit.db import snapshot, wait_for_change
from kit.jobs.ticks import Tick
from kit.outage import is_outage

logger = logging.getLogger(__name__)


def _forget_claims(session: Session, now: datetime) -> None:
    inbox.forget(session, now - inbox.KEPT)


MAINTENANCE = Tick(3600, _forget_claims)


def forgetting(keep_sent_days: int | None) -> list[Tick]:
    """The tick that forgets sent events after so many days; none if they are kept for ever."""
    if keep_sent_days is None:
        return []

    def forget_sent(session: Session, now: datetime) -> None:
        sent.forget(session, now - timedelta(days=keep_sent_days))

    return [Tick(3600, forget_sent)]


LOOK_EACH = 2.0
_LOOKS_KEPT = 43_200
"""A day of them: what has waited for longer, while more and more was queued, is said to have waited for a day."""


class Queued:
    """Since when the oldest unsent event has been queued, by looks at the outbox now and then.

    An event's own time may be years ago, if brought from elsewhere. What tells is its number: a look that saw one as
    high or higher came after it was queued. So `since` is never too early; it is late by the time between two looks,
    and for what was queued before the first one.
    """

    def __init__(self) -> None:
        self.since: float | None = None
        """On the clock of the looks; null when all is sent."""
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
    """Sends what the outbox holds, until `ended`."""

    def __init__(self, service: str, engine: Engine, bus: Bus, ended: threading.Event) -> None:
        super().__init__(name=f"{service} relay", daemon=True)
        self._service, self._engine, self._bus, self._ended = service, engine, bus, ended
        self._queued = Queued()
        telemetry.OUTBOX_OLDEST.labels(service).set_function(self._waited)

    def run(self) -> None:
        producer: Producer | None = None
        wait, looked = 0.1, 0.0
        while not self._ended.is_set():
            try:
                if time.monotonic() - looked > LOOK_EACH:
                    looked = time.monotonic()
                    self.look()
                producer = producer or self._bus.producer()
                sent = outbox.relay(self._engine, producer, self._service)
                telemetry.SENT.labels(self._service).inc(sent)
                wait = 0.1
                if sent:
                    looked = 0.0  # what was the oldest has left
                else:
                    wait_for_change(self._engine, 0.05)
            except Exception as error:
                # Nothing may end this thread but the end of the worker: unsent events would pile up unseen.
                expected = isinstance(error, BusUnavailable) or is_outage(error)
                logger.log(
                    logging.WARNING if expected else logging.ERROR, "the outbox waits %.1f s", wait, exc_info=error
                )
                self._ended.wait(wait)
                wait = min(wait * 2, 5.0)
        if producer is not None:
            producer.close()

    def look(self) -> None:
        """See how long the oldest unsent event has waited, for the metrics."""
        with snapshot(self._engine) as session:
            ends = outbox.ends(session)
        self._queued.look(ends, time.monotonic())

    def _waited(self) -> float:
        since = self._queued.since
        return 0.0 if since is None else time.monotonic() - since
