"""Reads several SQLite files as they were at one moment, while other processes write to them."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from pendapa.fault import Fault

PATIENCE = 60.0
"""Seconds after which it is given up to hold the writers' locks of all files at once."""
HELD = 0.5
"""Seconds for which writers of one file are kept waiting at most, while the lock of a further one is not to be had."""
_LOOK_EACH = 0.001
_PAGES = 16_384


@contextmanager
def at_one_moment(files: Sequence[Path], patience: float = PATIENCE) -> Iterator[list[sqlite3.Connection]]:
    """A connection to each file, in a transaction that reads what all of them held at the same moment.

    For that moment the writers' lock of each file is held, taken in the order of `files`; then writers go on, and what
    is read stays as it was. Raises `Fault` if a file is no database, or all locks are not to be had within `patience`.
    """
    with ExitStack() as opened:
        writers = [opened.enter_context(_connected(file)) for file in files]
        readers = [opened.enter_context(_connected(file)) for file in files]
        with _no_writer(writers, files, patience):
            for file, reader in zip(files, readers, strict=True):
                with _readable(file):
                    reader.execute("BEGIN")
                    reader.execute("SELECT count(*) FROM sqlite_master").fetchone()  # only a read begins a transaction
        yield readers


def copy_database(reader: sqlite3.Connection, to: Path) -> None:
    """Write what this connection reads into a new file, and check that it is a whole database.

    Raises `Fault` if what was read is damaged. The file may not be durable yet.
    """
    with _readable(to), closing(sqlite3.connect(to, isolation_level=None)) as target:
        target.execute("PRAGMA journal_mode=OFF")
        target.execute("PRAGMA synchronous=OFF")
        reader.backup(target, pages=_PAGES, sleep=0)
        [found] = target.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise Fault(f"{to.name} is damaged, so there is no backup of it: bring back an older one ({found})", 1)


@contextmanager
def _connected(file: Path) -> Iterator[sqlite3.Connection]:
    if not file.is_file():  # SQLite would make it
        raise Fault(f"{file} is not there", 1)
    with _readable(file):
        connection = sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=0)
    with closing(connection):
        yield connection


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise Fault(f"{file} cannot be read: {error}", 1) from error


@contextmanager
def _no_writer(writers: Sequence[sqlite3.Connection], files: Sequence[Path], patience: float) -> Iterator[None]:
    """Hold the writers' lock of each file. While one is not to be had, those before it are given back soon."""
    end = time.monotonic() + patience
    while (busy := _hold(writers, files, end)) is not None:
        _give_back(writers)
        if time.monotonic() > end:
            raise Fault(f"{busy} was written to all the time for {patience:.0f} s", 1)
        time.sleep(HELD / 10)
    try:
        yield
    finally:
        _give_back(writers)


def _hold(writers: Sequence[sqlite3.Connection], files: Sequence[Path], end: float) -> Path | None:
    """Null once all are held, else the file whose lock another writer kept."""
    until = end
    for writer, file in zip(writers, files, strict=True):
        while not _begun(writer, file):
            if time.monotonic() > until:
                return file
            time.sleep(_LOOK_EACH)  # SQLite's own waits are a tenth of a second long, and writers would wait as long
        until = min(until, time.monotonic() + HELD)
    return None


def _begun(writer: sqlite3.Connection, file: Path) -> bool:
    with _readable(file):
        try:
            writer.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return False
            raise
    return True


def _give_back(writers: Sequence[sqlite3.Connection]) -> None:
    for writer in writers:
        if writer.in_transaction:
            writer.execute("ROLLBACK")
