"""The one spelling of a time, in every answer and file: RFC 3339 in UTC, always with milliseconds and `Z`."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema


def utc(at: datetime) -> str:
    """An aware time as answers and files have it: 24 characters. What is less than a millisecond is cut off.

    >>> utc(datetime(2026, 11, 24, 5, tzinfo=UTC))
    '2026-11-24T05:00:00.000Z'
    """
    # In UTC first: elsewhere an hour comes twice when clocks are put back, and a cache cannot tell the two apart.
    return _utc(at if at.tzinfo is UTC else at.astimezone(UTC))


@lru_cache(maxsize=8192)  # a report's facts and faces say the same few times some twenty times over
def _utc(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


Moment = Annotated[
    datetime,
    PlainSerializer(utc, return_type=str),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-11-24T05:00:00.000Z"]}, mode="serialization"
    ),
]
"""A time of an answer's model."""
