"""Random ids and bytes, which are read from the operating system many at a time.

Each read releases the interpreter lock, and among busy threads it takes milliseconds to get it back.
"""

import os
import re
import threading
from uuid import UUID

ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
"""The id of a report, as an expression."""
_ID = re.compile(ID)
_MANY = 4096


class _Pool(threading.local):
    """Random bytes that were not used yet; each thread has its own."""

    def __init__(self) -> None:
        self.left = b""

    def take(self, count: int) -> bytes:
        if len(self.left) < count:
            self.left = os.urandom(max(_MANY, count))
        taken, self.left = self.left[:count], self.left[count:]
        return taken


_pool = _Pool()


def _renew() -> None:
    global _pool
    _pool = _Pool()


os.register_at_fork(after_in_child=_renew)  # or parent and child would give out the same


def random_bytes(count: int) -> bytes:
    """Bytes fit for secrets, from the operating system."""
    return _pool.take(count)


def random_below(limit: int) -> int:
    """A number from 0 up to, not including, `limit`, which is at most 2**64; each as likely as the others."""
    whole = (1 << 64) // limit * limit
    while (number := int.from_bytes(_pool.take(8), "big")) >= whole:
        pass
    return number % limit


def new_id() -> UUID:
    """A random UUID (version 4)."""
    return UUID(bytes=_pool.take(16), version=4)


def canonical(written: str) -> str | None:
    """The id of a report as it is kept, for one as a person or a program may write it; None for anything else.

    >>> canonical("8B1E8B8C-6F6B-4F7B-9D53-0C5D6B1B2A11")
    '8b1e8b8c-6f6b-4f7b-9d53-0c5d6b1b2a11'
    """
    lower = written.lower()
    return lower if _ID.fullmatch(lower) else None
