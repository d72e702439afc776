"""Ticks: what a worker does by the clock."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session

from kit import wake
from kit.clock import PROCESS, CheckedClock
from kit.db import transaction
from kit.locks import exclusive

logger = logging.getLogger(__name__)


Work = Callable[[Session, datetime], datetime | None]
"""Returns when it is to run again, or null: after the usual time."""

REST = 10.0
"""For how many seconds a tick rests that looks for what is to be done soon."""


class Tick(NamedTuple):
    """Work that each process does every `seconds` and once at the start, in a transaction.

    Of several processes on one database only one runs it at a time, so `work` must query what is due. Any pair of
    `(seconds, work)` can be used instead. `dated`: it acts by dates, so it waits while the clock is in doubt.
    `rests`: for how many seconds at most it does not run while the database stays as it is, or until the time that
    `work` returned. That a database stays as it is can be told of SQLite only; on PostgreSQL it runs every `seconds`.
    """

    seconds: float
    work: Work
    dated: bool = False
    rests: float = 0.0


class _Due:
    """When one tick runs next, on the monotonic clock."""

    def __init__(self, tick: Tick, *, can_rest: bool) -> None:
        self.tick, self._can_rest = tick, can_rest
        self.at = float("-inf")
        self._seen = 0
        self._rests_until = float("-inf")

    def seconds(self, changes: int) -> float:
        """How many seconds it may wait. `changes`: how many of the database were told of."""
        at = self.at if changes != self._seen else max(self.at, self._rests_until)
        return at - time.monotonic()

    def begins(self, changes: int) -> None:
        self._seen, self.at = changes, time.monotonic() + self.tick.seconds
        self._rests_until = self.at

    def ended(self, next_in: float | None) -> None:
        """It has run without a failure. `next_in`: the seconds after which it must run again; null: nothing waits."""
        if not self.tick.rests:
            self.at = self._rests_until = self.at if next_in is None else time.monotonic() + next_in
        elif self._can_rest:
            rest = self.tick.rests
            self._rests_until = time.monotonic() + (rest if next_in is None else min(rest, next_in))


class Ticker(threading.Thread):
    """Runs the ticks as they come due, until `ended`."""

    def __init__(
        self,
        engine: Engine,
        ticks: Sequence[Tick | tuple[float, Work]],
        ended: threading.Event,
        name: str,
        clock: CheckedClock = PROCESS,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._clock = clock
        self._engine, self._ended = engine, ended
        self._due = [_Due(Tick(*tick), can_rest=wake.can_rest(engine)) for tick in ticks]

    def run(self) -> None:
        with wake.changes(self._engine) as changed:
            while not self._ended.is_set():
                changes = changed.count
                for due in self._due:
                    if due.seconds(changes) <= 0:
                        due.begins(changes)
                        self._tick(due)
                waits = min(due.seconds(changes) for due in self._due)
                if not self._ended.is_set():
                    changed.wait(changes, max(0.01, waits))

    def _tick(self, due: _Due) -> None:
        tick = due.tick
        name = getattr(tick.work, "__name__", "work")
        if tick.dated and self._clock.doubt():
            return
        try:
            with exclusive(self._engine, f"tick-{name}") as alone:
                if alone:
                    with transaction(self._engine) as session:
                        next_at = tick.work(session, self._clock.now())
                    due.ended(None if next_at is None else (next_at - self._clock.now()).total_seconds())
        except Exception as error:
            # The tick runs again later, and its failure must not stop the other ticks.
            logger.error("the tick %s failed", name, exc_info=error)
