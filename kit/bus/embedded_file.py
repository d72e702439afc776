"""The file under the embedded bus: connections to it, and its write transactions."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from kit.bus import BusUnavailable
from kit.watching import state_of

PATIENCE = 30.0
"""Seconds to wait for the lock of the file, or for the lock among this process's writers."""
_write_locks: dict[str, threading.Lock] = {}


class Connection(sqlite3.Connection):
    """`write_lock`: held by the thread of this process that writes. Waiting for SQLite's own lock would be polling."""

    write_lock: threading.Lock


def connect(path: str, *, durable: bool = True) -> Connection:
    """A connection. `durable`: its commits survive a power cut; otherwise they survive only the end of the process."""
    connection: Connection = sqlite3.connect(
        path, timeout=PATIENCE, isolation_level=None, check_same_thread=False, factory=Connection
    )
    connection.write_lock = _write_locks.setdefault(path, threading.Lock())
    _write_ahead(connection)
    connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
    return connection


@contextmanager
def writing(connection: Connection) -> Iterator[None]:
    """A write transaction: committed when the block succeeds, rolled back when it raises.

    Raises `BusUnavailable` if other writers hold the lock for longer than `PATIENCE`.
    """
    if not connection.write_lock.acquire(timeout=PATIENCE):
        raise BusUnavailable(f"another writer has held the bus file for {PATIENCE:.0f} s")
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if connection.in_transaction:  # SQLite itself has rolled back if the disk is full
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    finally:
        connection.write_lock.release()


@contextmanager
def unavailable() -> Iterator[None]:
    """Raise SQLite's operational errors, and those of a damaged file, as `BusUnavailable`."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except sqlite3.DatabaseError as error:
        raise BusUnavailable(str(error)) from error


SENDS = "SELECT (SELECT sum(next) FROM log), (SELECT sum(generation) FROM grp)"
"""Differs once any process has sent records, or a group's members have changed."""


class Sends:
    """The result of `SENDS`, for a thread that looks often: the file is read only if it was written."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()  # a connection that one thread closes while another one reads ends the process
        self._closed = False
        self._connection: sqlite3.Connection | None = None
        self._written: object = None
        self._state: object = None

    def __call__(self) -> object:
        written = state_of(f"{self._path}-wal")
        with self._lock:
            if written != self._written and not self._closed:  # members also write only that they live
                self._written = written
                self._state = self._look()
            return self._state

    def close(self) -> None:
        """Close the file; the state stays as it is."""
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()

    def _look(self) -> object:
        try:
            self._connection = self._connection or sqlite3.connect(self._path, check_same_thread=False)
            return self._connection.execute(SENDS).fetchone()
        except sqlite3.Error as error:  # who reads the file is told, and has the same error
            return error


def _write_ahead(connection: sqlite3.Connection) -> None:
    # SQLite does not wait for the lock here: of several processes that create the file, all but one would fail.
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(0.01)
