"""What a report's own times say: each step of its history comes after the step before it."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple


class Moment(NamedTuple):
    """A time that a body gives, and the members that lead to it."""

    where: tuple[str, ...]
    at: datetime | None


def out_of_order(steps: tuple[Moment, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where a step is before an earlier one, and what is wrong with it; `steps` are in the order of a report's life.

    >>> day = datetime.fromisoformat
    >>> steps = (Moment(("received_at",), day("2025-03-02T00:00Z")), Moment(("closed_at",), day("2025-03-01T00:00Z")))
    >>> list(out_of_order(steps))
    [(('closed_at',), 'This is before received_at')]
    """
    latest: Moment | None = None
    for step in steps:
        if step.at is None:
            continue
        if latest is not None and latest.at is not None and step.at < latest.at:
            yield step.where, f"This is before {'.'.join(latest.where)}"
        else:
            latest = step
