"""Which times of a report cannot be: those before it was received, and those that have not come yet."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

MAY_COME = frozenset({"due_at"})
"""Times that may lie ahead; all others tell what has happened."""
RECEIVED_AHEAD = timedelta(days=1)
"""Of `received_at`: a table without offsets may be as far ahead as the earth's time zones are apart."""
CLOCKS_DIFFER = timedelta(minutes=5)
LONGEST = timedelta(days=3660)
"""Of `due_at`, after the report was received: no office has longer, so the year is mistyped."""


def impossible(
    times: Mapping[str, datetime | None], now: datetime, *, may_be_known: bool = False
) -> Iterator[tuple[str, str]]:
    """The name of each time that cannot be, and why. `received_at` is one of them; if it is null, it is `now`.

    `may_be_known`: the report may have come before, and without `received_at` nobody can say here when.
    """
    received = times.get("received_at")
    before = "This is before received_at" if received else "Of a past time, received_at must be given too"
    for name, at in times.items():
        if at is None:
            continue
        ahead = RECEIVED_AHEAD if name == "received_at" else CLOCKS_DIFFER
        if name not in MAY_COME and at > now + ahead:
            yield name, "This is in the future"
        elif name != "received_at" and (received or not may_be_known) and at < (received or now):
            yield name, before
        elif name == "due_at" and at > (received or now) + LONGEST:
            yield name, "This is more than ten years after the report was received"
