"""Reads the query of a list strictly: no parameter is ignored, none is taken twice in silence, and times are times."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, get_origin
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from starlette.requests import Request

from kit.problems import Pointed

EARLIEST_YEAR, LATEST_YEAR = 1900, 2999
"""Of a time in a query, as it is written; the schemas of such times say the same."""
A_TIME: Final = (
    f"a date or a time of ISO 8601 of the years {EARLIEST_YEAR} to {LATEST_YEAR}, such as 2026-11-24T12:00:00Z"
)
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII | re.IGNORECASE
)
_LISTED: Final = 120
"""The most allowed values that an error lists."""


class BadParameter(Pointed):
    """A parameter of a query that is not known, stands twice, or has a value that it cannot have."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__("", [(f"/query/{name[:100]}", fault)])


def strict(model: type[BaseModel]) -> Callable[[Request], None]:
    """A FastAPI dependency that raises `BadParameter` for a parameter that the `model` has not, or has once and gets
    twice. Only fields that are lists may be repeated."""
    known = sorted(model.model_fields)
    repeated = {name for name, field in model.model_fields.items() if get_origin(field.annotation) is list}

    def check(request: Request) -> None:
        query = request.query_params
        for name in query:
            if name not in known:
                raise BadParameter(name, f"there is no such parameter; there are {', '.join(known)}")
            if name not in repeated and len(query.getlist(name)) > 1:
                raise BadParameter(name, "it stands there more than once, and takes one value")

    return check


def split(values: object) -> object:
    """The values of a parameter that was repeated, or holds several with commas between, or both.

    >>> split(["held,disposed", "reopened"])
    ['held', 'disposed', 'reopened']
    """
    if not isinstance(values, list):
        return values
    return [each.strip() for value in values for each in str(value).split(",")]


def listed(values: list[str], elsewhere: str) -> str:
    """The allowed values for an error; of very many the first, and `elsewhere`, where all of them are.

    >>> listed(["a", "b"], "/v1/places")
    'a, b'
    """
    first = ", ".join(values[:_LISTED])
    return first if len(values) <= _LISTED else f"{first} and more, all of them at {elsewhere}"


def read_time(written: str, zone: ZoneInfo) -> datetime:
    """An ISO 8601 date or time, in UTC; raise `ValueError` or `OverflowError`. A `+` that arrived as a space is read.

    A date is its first moment; without an offset it is meant in `zone`.

    >>> read_time("2026-11-24T12:00:00 07:00", ZoneInfo("UTC")).isoformat()
    '2026-11-24T05:00:00+00:00'
    """
    if len(written) > 40:
        raise ValueError("longer than any time")
    written = re.sub(r" (\d{2}:?\d{2})$", r"+\1", written) if "T" in written.upper() else written
    if not _TIME.fullmatch(written):
        raise ValueError("no date or time of ISO 8601")
    if not EARLIEST_YEAR <= int(written[:4]) <= LATEST_YEAR:
        raise ValueError("no report can be of this year")
    at = datetime.fromisoformat(written)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
