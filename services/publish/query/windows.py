"""Open311's windows of time: no list spans more than 90 days, and each answer links the window before it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from services.publish.query.parameters import BadQuery

SPAN = timedelta(days=90)


class Window(NamedTuple):
    """From `start` up to but not including `end`; an `end` of null is open."""

    start: datetime
    end: datetime | None


def window(start: datetime | None, end: datetime | None, newest: datetime | None) -> Window | None:
    """The window of these dates; null if there is no request at all.

    Without dates it is the most recent 90 days that there are, up to the `newest` request: of a
    system in use those are the last 90 days, and an archive shows its last requests.
    """
    try:
        if start is None:
            last = end or newest
            return None if last is None else Window(last - SPAN, end)
        if end is None:
            return Window(start, start + SPAN)
    except OverflowError:
        raise BadQuery("end_date" if start is None else "start_date", "no calendar goes so far") from None
    if start > end:
        raise BadQuery("start_date", "is after end_date")
    if end - start > SPAN:
        raise BadQuery("end_date", "start_date and end_date may not span more than 90 days")
    return Window(start, end)
