"""How far readers may take the record for complete: no record that is written later gets an earlier `updated_at`.

Publish writes under one lock, the row `log_state`. A writer reads `as_of` there before it writes, and moves it on in
the same commit. Whoever reads `as_of` and then the records has every change before it.
"""

from datetime import UTC, datetime, timedelta

LAG = timedelta(seconds=60)
"""How far `as_of` stays behind the clock: an event that comes no later than that keeps its own time."""
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
"""Before anything was published."""


def following(before: datetime, now: datetime) -> datetime:
    """The `as_of` after a commit; it never goes back, whatever the clock does. In whole milliseconds, as records are.

    >>> noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    >>> following(FIRST, noon).isoformat(), following(noon, noon).isoformat()
    ('2026-11-24T11:59:00+00:00', '2026-11-24T12:00:00+00:00')
    """
    return max(before, (now - LAG).replace(microsecond=now.microsecond // 1000 * 1000))
