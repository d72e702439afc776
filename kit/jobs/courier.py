"""The courier: brings each target what is to go out to it, in order, one after the other; several targets at once.

What is not taken is sent again, later and later, and what is behind it waits: nothing is skipped. A crash after it was
taken and before that was kept sends it again, under the same id.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from kit.db import exclusive, snapshot, transaction
from kit.jobs.backoff import NO_WAIT
from kit.jobs.runner import Runner

logger = logging.getLogger(__name__)

LOOK_EACH = 1.0
"""Seconds between two looks for what is to be sent."""
AT_ONCE = 4
"""Targets served at once by one process, each on a thread that holds a connection of the database or two."""
TURN, TURN_SECONDS = 100, 10.0
"""How much is sent to one target, and for how long, before others get their turn."""


class Taken(NamedTuple):
    """The target has taken it."""


class NotTaken(NamedTuple):
    """It is to be sent again later; not if the target said that nothing is there any more."""

    problem: str
    gone: bool = False
    wait: timedelta = NO_WAIT
    """How long the target asked not to be tried again."""


P = TypeVar("P")


class Deliveries(Protocol[P]):
    """One kind of thing that goes out, each `P` to a target, in the rows of a service."""

    name: str
    """Of what a target is in the logs, and of its lock on the database: "webhook"."""

    def due(self, session: Session, now: datetime) -> Sequence[str]:
        """The targets to which something is to be sent now."""

    def next(self, session: Session, target: str, now: datetime) -> P | None:
        """What is next for the target; null if nothing is, or not now."""

    def send(self, parcel: P, now: datetime) -> Taken | NotTaken:
        """Send it, with no transaction open: the target may be slow."""

    def taken(self, session: Session, parcel: P) -> bool:
        """Keep that it was taken. Returns whether the next may follow at once."""

    def failed(self, session: Session, parcel: P, outcome: NotTaken, now: datetime) -> bool:
        """Keep that it was not taken, and when it is tried again. Returns whether it is given up."""


class Courier(Generic[P]):
    """A worker's tick (`tick`) asks which targets are due; each is served on a thread beside the loop."""

    def __init__(
        self,
        engine: Engine,
        deliveries: Deliveries[P],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        at_once: int = AT_ONCE,
        turn: int = TURN,
    ) -> None:
        self._engine, self._deliveries, self._now, self._turn = engine, deliveries, now, turn
        self._runner = Runner("courier", at_once=at_once)

    @property
    def tick(self) -> tuple[float, Callable[[Session, datetime], None]]:
        """For `Worker(ticks=...)`."""
        return LOOK_EACH, self.bring_what_is_due

    def bring_what_is_due(self, session: Session, now: datetime) -> None:
        """Begin a turn for those who have waited longest."""
        due = self._deliveries.due(session, now)
        self._runner.start({target: [partial(self._serve, target)] for target in due})

    def join(self) -> None:
        """Wait for those that are being served."""
        self._runner.join()

    def _serve(self, target: str) -> None:
        end = time.monotonic() + TURN_SECONDS
        with exclusive(self._engine, f"{self._deliveries.name}-{target}") as alone:
            for _ in range(self._turn if alone else 0):
                if not self._bring_next(target) or time.monotonic() > end:
                    return

    def _bring_next(self, target: str) -> bool:
        """Send what is next; whether the one after it may follow at once."""
        deliveries, now = self._deliveries, self._now()
        with snapshot(self._engine) as session:
            parcel = deliveries.next(session, target, now)
        if parcel is None:
            return False
        outcome = self._send(target, parcel, now)
        # Point of no return: it may have been taken. A crash from here on sends it again, under the same id.
        with transaction(self._engine) as session:
            if isinstance(outcome, Taken):
                return deliveries.taken(session, parcel)
            if deliveries.failed(session, parcel, outcome, self._now()):
                logger.error("the %s of %s was stopped: %s", deliveries.name, target, outcome.problem)
        return False

    def _send(self, target: str, parcel: P, now: datetime) -> Taken | NotTaken:
        try:
            return self._deliveries.send(parcel, now)
        except Exception as error:  # our fault; tried each second, it would fill the log
            logger.error("nothing could be sent to the %s of %s", self._deliveries.name, target, exc_info=error)
            return NotTaken("it could not be sent")
