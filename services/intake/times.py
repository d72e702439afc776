"""Which times of a report cannot be: those before it was received, and those that have not come yet."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

MAY_COME = frozenset({"due_at"})
"""Times that may lie ahead; all others tell what has happened."""
RECEIVED_AHEAD = timedelta(days=1)
"""Of `received_at`: a table without offsets may be as far ahead as the earth's time zones are apart."""
CLOCKS_DIFFER = timedelta(minutes=5)


def impossible(times: Mapping[str, datetime | None], now: datetime) -> Iterator[tuple[str, str]]:
    """The name of each time that cannot be, and why. `received_at` is one of them; if it is null, it is `now`."""
    received = times.get("received_at")
    for name, at in times.items():
        if at is None:
            continue
        ahead = RECEIVED_AHEAD if name == "received_at" else CLOCKS_DIFFER
        if name not in MAY_COME and at > now + ahead:
            yield name, "This is in the future"
        elif name != "received_at" and at < (received or now):
            yield (
                name,
                "This is before received_at" if received else "This is before now: a past time needs received_at",
            )
