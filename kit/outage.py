"""Distinguishes outages, which end by themselves, from mistakes in our code and faults of a record."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EIO})
"""The machine lacks a resource: file descriptors, disk space, memory; or a disk fails."""
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Held(Exception):
    """The work may not go on until a person has acted, or what is missing has come. Its message is one line for them.

    It is waited for as an outage is: nothing is parked, and nothing is done meanwhile.
    """


def is_outage(error: BaseException) -> bool:
    """Whether `error` says that the database or the machine is unreachable, locked, full or damaged; or `Held`."""
    if isinstance(error, Held | PoolTimeout | InterfaceError):
        return True
    if isinstance(error, OSError):
        return error.errno in _SHORT
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):  # a misspelt column is an OperationalError too, with SQLITE_ERROR
        code = error.orig.sqlite_errorcode
        return code in _DAMAGED or (isinstance(error.orig, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR)
    return error.connection_invalidated or isinstance(error, OperationalError)
