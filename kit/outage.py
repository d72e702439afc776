"""What waiting may heal, told from mistakes of ours and from what is wrong with a record."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EIO})
"""Of the machine, and not of a record: no descriptor, no space, no memory."""
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def is_outage(error: BaseException) -> bool:
    """Whether the database or the machine is away, locked, full or damaged: no mistake of ours, no record's fault."""
    if isinstance(error, PoolTimeout | InterfaceError):
        return True
    if isinstance(error, OSError):
        return error.errno in _SHORT
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):  # SQLite calls a misspelt column an "operational" error too
        code = error.orig.sqlite_errorcode
        return code in _DAMAGED or (isinstance(error.orig, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR)
    return error.connection_invalidated or isinstance(error, OperationalError)
