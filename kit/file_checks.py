"""Checks for /readyz of files on this machine: that they are there and whole, and that the disk takes more."""

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from kit import outage
from kit.health import Check, NotReady, Slow

PROBE_BYTES = 256 * 1024
"""Written, and deleted at once, at each look: about what the database needs to keep a batch."""


def check_room(folder: Path, called: str) -> None:
    """Raise `NotReady` if no file can be written in the folder, which is `called` so."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            written = 0
            while written < PROBE_BYTES:
                written += file.write(bytes(PROBE_BYTES - written))
    except OSError as error:
        raise NotReady(f"{called} cannot be written: {_reason(error)}") from error


def check_readable(file: Path, read: Callable[[bytes], object]) -> None:
    """Raise `NotReady` if the file cannot be read, or is not what `read` wants, which then raises `ValueError`."""
    try:
        read(file.read_bytes())
    except OSError as error:
        raise NotReady(f"{file.name} cannot be read: {_reason(error)}") from error
    except ValueError as error:
        raise NotReady(f"{file.name} is damaged") from error


def of_database(engine: Engine) -> list[Check]:
    """The checks of a service's SQLite file; none for a database on a server."""
    return [] if engine.dialect.name != "sqlite" else of_sqlite(Path(engine.url.database or ""), "store")


def of_sqlite(file: Path, name: str) -> list[Check]:
    """The checks of one SQLite file: `name` at each look, and beside, as it reads all of the file, `name`_content."""

    def look() -> None:
        if not file.is_file():
            raise NotReady(f"{file.name} cannot be read: it is not there")
        _ask(file, "SELECT count(*) FROM sqlite_master")
        if not os.access(file, os.W_OK):
            raise NotReady(f"{file.name} cannot be written")
        check_room(file.parent, "the data folder")

    def content() -> None:
        if _ask(file, "PRAGMA quick_check(1)") != "ok":
            raise NotReady(f"{file.name} is damaged: bring back a copy")

    look.__name__, content.__name__ = name, f"{name}_content"
    return [look, Slow(content)]


def _ask(file: Path, sql: str) -> object:
    """The one value that a new connection reads: another has pages in its memory.

    Never by opening the file itself: closing it would take this process's locks from it, as POSIX has it. Another
    process would then delete the write-ahead log, and what this one commits would be lost.
    """
    uri = f"{file.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
            [value] = connection.execute(sql).fetchone()
    except sqlite3.DatabaseError as error:
        said = outage.words(error) or "it does not answer"
        damaged = said == "the database file is damaged"
        raise NotReady(
            f"{file.name} is damaged: bring back a copy" if damaged else f"{file.name} cannot be used: {said}"
        ) from error
    return value


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    return outage.words(error) or error.strerror or type(error).__name__
