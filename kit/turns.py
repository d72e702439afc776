"""Batches of one process take turns: threads that work at once on one interpreter lock hinder each other.

Every statement of SQLite gives the lock away, and among busy threads it takes milliseconds to get it back. Measured on
an import, four batches at once cost a third more CPU time than one after the other.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Engine

PATIENCE = 2.0
"""Seconds to wait for a turn; after that a batch begins without one, as the one before it may wait for its database."""


class Turns:
    """Who came first goes first."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Begin when it is the caller's turn, or after the patience; whether it is the caller's turn."""
        has_turn = self._take()
        try:
            yield has_turn
        finally:
            if has_turn:
                self._pass_on()

    def waiting(self) -> int:
        """How many wait for their turn."""
        with self._lock:
            return len(self._waiting)

    def _take(self) -> bool:
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=self._patience):
            return True
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
            return True  # it was passed on just now

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


_OF_PROCESS = Turns()


def in_turn(engine: Engine) -> AbstractContextManager[bool]:
    """The turn of a batch on this database; on PostgreSQL, which works in processes of its own, none is waited for."""
    return _OF_PROCESS.turn() if engine.dialect.name == "sqlite" else nullcontext(False)
