"""The file under the embedded bus: connections to it, and its write transactions."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from kit.bus import BusUnavailable

PATIENCE = 30.0
"""Seconds to wait for the file, and for one's turn at it."""
_turns: dict[str, threading.Lock] = {}


class Connection(sqlite3.Connection):
    """`turn`: held by the one of this process that writes to the file; who waits for the file's own lock sleeps."""

    turn: threading.Lock


def connect(path: str, *, durable: bool = True) -> Connection:
    """A connection; what it commits survives a power cut if it is `durable`, else at least the process's own end."""
    connection: Connection = sqlite3.connect(
        path, timeout=PATIENCE, isolation_level=None, check_same_thread=False, factory=Connection
    )
    connection.turn = _turns.setdefault(path, threading.Lock())
    _write_ahead(connection)
    connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
    return connection


@contextmanager
def writing(connection: Connection) -> Iterator[None]:
    """A write transaction: committed when the block succeeds, rolled back when it raises.

    Raises `BusUnavailable` if those before it do not end, as when another process holds the file.
    """
    if not connection.turn.acquire(timeout=PATIENCE):
        raise BusUnavailable("other writers do not end")
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    finally:
        connection.turn.release()


@contextmanager
def unavailable() -> Iterator[None]:
    """Raise what SQLite says of the file's state as `BusUnavailable`."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise BusUnavailable(str(error)) from error


def _write_ahead(connection: sqlite3.Connection) -> None:
    # SQLite waits for no lock here: of several that make the file at once, all but one would fail.
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(0.01)
