"""Ticks: what a worker does by the clock."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session

from kit.clock import PROCESS, CheckedClock
from kit.db import transaction
from kit.locks import exclusive

logger = logging.getLogger(__name__)


class Tick(NamedTuple):
    """Work that each process does every `seconds` and once at the start, in a transaction.

    Of several processes on one database only one runs it at a time, so `work` must query what is due. Any pair of
    `(seconds, work)` can be used instead. `dated`: it acts by dates, so it waits while the clock is in doubt.
    """

    seconds: float
    work: Callable[[Session, datetime], None]
    dated: bool = False


class Ticker(threading.Thread):
    """Runs the ticks as they come due, until `ended`."""

    def __init__(
        self,
        engine: Engine,
        ticks: Sequence[Tick | tuple[float, Callable[[Session, datetime], None]]],
        ended: threading.Event,
        name: str,
        clock: CheckedClock = PROCESS,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._clock = clock
        self._engine, self._ended = engine, ended
        self._ticks = [Tick(*tick) for tick in ticks]
        self._due = [0.0] * len(ticks)

    def run(self) -> None:
        while not self._ended.is_set():
            for number, tick in enumerate(self._ticks):
                if time.monotonic() >= self._due[number]:
                    self._due[number] = time.monotonic() + tick.seconds
                    self._tick(tick)
            self._ended.wait(min(1.0, max(0.01, min(self._due) - time.monotonic())))

    def _tick(self, tick: Tick) -> None:
        name = getattr(tick.work, "__name__", "work")
        if tick.dated and self._clock.doubt():
            return
        try:
            with exclusive(self._engine, f"tick-{name}") as alone:
                if alone:
                    with transaction(self._engine) as session:
                        tick.work(session, self._clock.now())
        except Exception as error:
            # The tick runs again later, and its failure must not stop the other ticks.
            logger.error("the tick %s failed", name, exc_info=error)
