"""Listens on PostgreSQL: what another process's commit brought wakes who waits for it here (see `kit.wake`)."""

import logging
import select
import socket
import threading
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine

from kit.outage import is_outage
from kit.wake import CHANNEL, LOOK_EACH, signal_of

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0
"""While no connection listens, who waits is woken so often."""


def listeners(engine: Engine, kinds: tuple[str, ...], ended: threading.Event) -> list["Listener"]:
    """A listener for these kinds of work, or none: SQLite has no notifications."""
    return [Listener(engine, kinds, ended)] if engine.dialect.name == "postgresql" else []


class Listener(threading.Thread):
    """Passes on PostgreSQL's notifications of these kinds of work until `ended`, on a connection of its own."""

    def __init__(self, engine: Engine, kinds: tuple[str, ...], ended: threading.Event) -> None:
        super().__init__(name="listener", daemon=True)
        self._engine, self._ended = engine, ended
        self._end, self._to_end = socket.socketpair()
        self._signals = {kind: signal_of(engine, kind) for kind in kinds}

    def join(self, timeout: float | None = None) -> None:
        """End the wait for notifications, and then as the base class; `ended` must be set."""
        with suppress(OSError):  # it was joined before
            self._to_end.send(b".")
        super().join(timeout)
        self._to_end.close()
        self._end.close()

    def run(self) -> None:
        told = False
        while not self._ended.is_set():
            try:
                self._listen()
                told = False
            except Exception as error:  # the database is away, or the connection was lost: waits end by themselves
                if not told:
                    level = logging.WARNING if is_outage(error) else logging.ERROR
                    logger.log(level, "no notifications come; looking each second", exc_info=error)
                told = True
                self._tell_all()
                self._ended.wait(AGAIN_SECONDS)

    def _listen(self) -> None:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()  # it is not one of the pool's any more, so it takes none from the others
        try:
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            self._tell_all()  # what was committed before this was told to nobody
            while not self._ended.is_set():
                # The driver's own wait looks at the clock ten times a second.
                select.select([connection.fileno(), self._end], [], [], LOOK_EACH)
                for notification in connection.notifies(timeout=0):
                    if (signal := self._signals.get(notification.payload)) is not None:
                        signal.tell()
        finally:
            connection.close()

    def _tell_all(self) -> None:
        for signal in self._signals.values():
            signal.tell()
