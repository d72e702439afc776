"""Distinguishes outages, which end by themselves, from mistakes in our code and faults of a record."""

import errno
import sqlite3
import sys

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EIO})
"""The machine lacks a resource: file descriptors, disk space, memory; or a disk fails."""
_CONFLICTS = frozenset({"40P01", "40001"})
"""SQLSTATEs of PostgreSQL: deadlock_detected and serialization_failure."""
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


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
        return error.errno in _SHORT
    if isinstance(error, DBAPIError) and error.orig is not None and not isinstance(error.orig, sqlite3.Error):
        return error.connection_invalidated or isinstance(error, OperationalError)
    return _is_drivers_outage(error.orig if isinstance(error, DBAPIError) else error)


def is_conflict(error: BaseException) -> bool:
    """Whether PostgreSQL rolled this transaction back for the sake of another one: done again, it may succeed."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in _CONFLICTS


def _is_drivers_outage(error: BaseException | None) -> bool:
    """The same of an error that the driver itself raised, as it does where no SQLAlchemy stands between."""
    if isinstance(error, sqlite3.Error):  # a misspelt column is an OperationalError too, with SQLITE_ERROR
        code = getattr(error, "sqlite_errorcode", None)  # Python's own complaints have none
        return code in _DAMAGED or (isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR)
    psycopg = sys.modules.get("psycopg")  # not loaded where only SQLite is used
    return psycopg is not None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
