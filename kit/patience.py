"""How long a process waits for its database: so that a machine that goes silent is noticed within seconds."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Seconds until something is given up."""

    connect: int = 5
    """A new connection."""
    statement: float = 12.0
    """A statement or a commit, on the server and here; then the connection is closed."""
    idle: float = 20.0
    """A transaction without a statement: the server ends it, with its locks."""
    network: int = 15
    """A peer that does not answer the network: the operating systems of both sides close the connection."""
    pool: float = 5.0
    """The wait for a connection while all are in use."""


_ends_at = float("inf")


def end_waits_in(seconds: float) -> None:
    """End each wait for a database within `seconds`, also those under way: the process was told to end."""
    global _ends_at
    _ends_at = time.monotonic() + seconds


def ends_at() -> float:
    """When each wait must have ended, by the monotonic clock."""
    return _ends_at
