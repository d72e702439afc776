"""When a failed delivery is tried again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

RETRIES: Sequence[timedelta] = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
"""How long to wait after each failure in a row, as in Standard Webhooks; after one failure more, no try follows."""
NO_WAIT = timedelta()


def next_try(failures: int, now: datetime, wait: timedelta = NO_WAIT) -> datetime | None:
    """When to try again after so many `failures` in a row, no earlier than after `wait`; null: give it up.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    >>> print(next_try(1, now), next_try(1, now, timedelta(minutes=1)), next_try(len(RETRIES) + 1, now))
    2026-11-24 12:00:05+00:00 2026-11-24 12:01:00+00:00 None
    """
    return None if failures > len(RETRIES) else now + max(RETRIES[failures - 1], wait)
