"""The courier sends parcels to targets: in order for each target, and to several targets at the same time.

A parcel that a target does not take is sent again, after longer and longer waits; the parcels after it wait, so that
no parcel is skipped. If a crash comes before the outcome is committed, the parcel is sent again under the same id.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from kit import clock
from kit.db import snapshot, transaction
from kit.jobs.backoff import NO_WAIT
from kit.jobs.runner import Runner
from kit.jobs.ticks import REST, Tick
from kit.locks import exclusive

logger = logging.getLogger(__name__)

LOOK_EACH = 1.0
"""Seconds between two queries for targets that are due."""
AT_ONCE = 4
"""Targets that one process serves at the same time, each on a thread with one or two database connections."""
SERVE_LIMIT, SERVE_SECONDS = 100, 10.0
"""Parcels sent to one target, and seconds spent on it, before other targets are served."""


class Taken(NamedTuple):
    """The target has taken the parcel."""


class NotTaken(NamedTuple):
    """The target has not taken the parcel: it is sent again later, unless the target is `gone`."""

    problem: str
    gone: bool = False
    """The target answered that it does not exist any more."""
    wait: timedelta = NO_WAIT
    """How long the target asked not to be tried again."""


P = TypeVar("P")


class Deliveries(Protocol[P]):
    """One kind of parcel `P` and its targets, as a service keeps them in its tables."""

    name: str
    """The kind of the targets, for log lines and the names of their locks: "webhook"."""

    def due(self, session: Session, now: datetime) -> Sequence[str]:
        """The targets that have a parcel to be sent now."""

    def next_due(self, session: Session, now: datetime) -> datetime | None:
        """When the first of the targets that wait for a later try may be tried; null: none waits."""

    def next(self, session: Session, target: str, now: datetime) -> P | None:
        """The next parcel for the target; null if no parcel is due."""

    def send(self, parcel: P, now: datetime) -> Taken | NotTaken:
        """Send the parcel. No transaction is open, because the target may be slow."""

    def taken(self, session: Session, parcel: P) -> bool:
        """Record that the parcel was taken. Returns whether the next one may follow at once."""

    def failed(self, session: Session, parcel: P, outcome: NotTaken, now: datetime) -> bool:
        """Record that it was not taken, and the time of the next try. Returns whether the target is given up."""


class Courier(Generic[P]):
    """A worker's tick (`tick`) finds the targets that are due; each is served on a thread of its own."""

    def __init__(
        self,
        engine: Engine,
        deliveries: Deliveries[P],
        now: Callable[[], datetime] = clock.now,
        *,
        at_once: int = AT_ONCE,
        serve_limit: int = SERVE_LIMIT,
    ) -> None:
        self._engine, self._deliveries, self._now = engine, deliveries, now
        self._serve_limit = serve_limit
        self._runner = Runner("courier", at_once=at_once)

    @property
    def tick(self) -> Tick:
        """For `Worker(ticks=...)`."""
        return Tick(LOOK_EACH, self.serve_due, rests=REST)

    def serve_due(self, session: Session, now: datetime) -> datetime | None:
        """Start serving the targets that have waited longest; return when to look again."""
        due = self._deliveries.due(session, now)
        self._runner.start({target: [partial(self._serve, target)] for target in due})
        return now if due else self._deliveries.next_due(session, now)

    def join(self) -> None:
        """Wait until the targets being served are done."""
        self._runner.join()

    def _serve(self, target: str) -> None:
        end = time.monotonic() + SERVE_SECONDS
        with exclusive(self._engine, f"{self._deliveries.name}-{target}") as alone:
            for _ in range(self._serve_limit if alone else 0):
                if not self._send_next(target) or time.monotonic() > end:
                    return

    def _send_next(self, target: str) -> bool:
        """Send the next parcel; return whether the one after it may follow at once."""
        deliveries, now = self._deliveries, self._now()
        with snapshot(self._engine) as session:
            parcel = deliveries.next(session, target, now)
        if parcel is None:
            return False
        outcome = self._send(target, parcel, now)
        # The target may have taken the parcel. A crash from here on sends it again, under the same id.
        with transaction(self._engine) as session:
            if isinstance(outcome, Taken):
                return deliveries.taken(session, parcel)
            if deliveries.failed(session, parcel, outcome, self._now()):
                logger.error("the %s of %s was stopped: %s", deliveries.name, target, outcome.problem)
        return False

    def _send(self, target: str, parcel: P, now: datetime) -> Taken | NotTaken:
        try:
            return self._deliveries.send(parcel, now)
        except Exception as error:  # a mistake of ours: without the wait of a failure, each second would log it again
            logger.error(
                "sending to the %s of %s raised an unexpected error", self._deliveries.name, target, exc_info=error
            )
            return NotTaken("it could not be sent")
