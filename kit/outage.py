"""Distinguishes outages, which end by themselves, from mistakes in our code and faults of a record."""

import errno
import sqlite3
import sys

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

FULL = "the disk is full"
_MACHINE = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "a file or folder may not be read or written",
    errno.EPERM: "a file or folder may not be read or written",
    errno.EIO: "the disk fails",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.ENOMEM: "there is no memory left",
}
"""What an operator can mend, by the system's number of the error."""
_CONFLICTS = frozenset({"40P01", "40001"})
"""SQLSTATEs of PostgreSQL: deadlock_detected and serialization_failure."""
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_SQLITE = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: "the database file cannot be written",
    sqlite3.SQLITE_PERM: "the database file may not be opened",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened",
    sqlite3.SQLITE_IOERR: "the database file cannot be read or written",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged",
    sqlite3.SQLITE_NOTADB: "the database file is damaged",
}


class Held(Exception):
    """The work may not go on until a person has acted, or what is missing has come. Its message is one line for them.

    It is waited for as an outage is: nothing is parked, and nothing is done meanwhile.
    """


class OutcomeUnknown(Exception):
    """A commit was not answered: whether the database has kept the change is unknown."""


def is_outage(error: BaseException) -> bool:
    """Whether `error` says that the database or the machine is unreachable, locked, full or damaged; or `Held`."""
    if isinstance(error, Held | OutcomeUnknown | PoolTimeout | InterfaceError):
        return True
    if isinstance(error, OSError):
        return error.errno in _MACHINE
    if isinstance(error, DBAPIError) and error.orig is not None and not isinstance(error.orig, sqlite3.Error):
        return error.connection_invalidated or isinstance(error, OperationalError)
    return _is_drivers_outage(error.orig if isinstance(error, DBAPIError) else error)


def is_conflict(error: BaseException) -> bool:
    """Whether PostgreSQL rolled this transaction back for the sake of another one: done again, it may succeed."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in _CONFLICTS


def words(error: BaseException | None) -> str | None:
    """What an operator must mend, if that is what `error` or one of its causes says: never a name or a statement."""
    seen = 0
    while error is not None and seen < 8:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, sqlite3.Error):
            said = _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)  # the extended codes have more bits
        else:
            said = _MACHINE.get(cause.errno or 0) if isinstance(cause, OSError) else None
        if said is not None:
            return said
        error, seen = error.__cause__, seen + 1
    return None


def _is_drivers_outage(error: BaseException | None) -> bool:
    """The same of an error that the driver itself raised, as it does where no SQLAlchemy stands between."""
    if isinstance(error, sqlite3.Error):  # a misspelt column is an OperationalError too, with SQLITE_ERROR
        code = getattr(error, "sqlite_errorcode", None)  # Python's own complaints have none
        return (code or 0) & 0xFF in _DAMAGED or (
            isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR
        )
    psycopg = sys.modules.get("psycopg")  # not loaded where only SQLite is used
    return psycopg is not None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
