"""How many files and connections the process may have open at once."""

import resource
from typing import Final

FEW: Final = 4096
"""With fewer, some thousand idle connections shut everybody else out."""


def raise_limit() -> int:
    """Raise the limit to the most that the system allows, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 1_048_576 if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


def warning(limit: int) -> str | None:
    """What to tell an operator whose system allows too few."""
    if limit >= FEW:
        return None
    return f"Only {limit} files and connections may be open at once; raise it with: ulimit -n {FEW}"
