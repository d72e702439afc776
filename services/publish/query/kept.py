"""The agencies, categories and places that public reports have, whether the region still has them or not."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from sqlalchemy import text
from sqlmodel import Session

from contracts.region import Region

Column = Literal["agency", "category", "place_code"]


class Kept(NamedTuple):
    """How many public reports have a value, and how many of those are open."""

    value: str
    reports: int
    open: int


def values(session: Session, column: Column) -> list[str]:
    """The different values of an indexed column of the records; reads one row of the index for each."""
    found = session.scalars(
        text(
            f"""
            WITH RECURSIVE kept(value) AS (
                SELECT min({column}) FROM record
                UNION ALL
                SELECT (SELECT min({column}) FROM record WHERE {column} > kept.value)
                FROM kept WHERE kept.value IS NOT NULL
            )
            SELECT value FROM kept WHERE value IS NOT NULL
            """  # noqa: S608  # a name from the list above
        )
    )
    return list(found)


def missing(session: Session, region: Region) -> list[tuple[Column, Kept]]:
    """What public reports have and the region lacks: their filters would answer that there is no such value."""
    known: dict[Column, Mapping[str, object]] = {
        "agency": region.agencies,
        "category": region.categories,
        "place_code": region.places,
    }
    return [
        (column, count(session, column, value))
        for column, ours in known.items()
        for value in values(session, column)
        if value not in ours
    ]


def count(session: Session, column: Column, value: str) -> Kept:
    """How many public reports have this value."""
    query = text(
        f"SELECT count(*), coalesce(sum(CASE WHEN status <> 'closed' THEN 1 ELSE 0 END), 0)"  # noqa: S608  # as above
        f" FROM record WHERE {column} = :value"
    )
    reports, still_open = session.execute(query, {"value": value}).one()
    return Kept(value, int(reports), int(still_open))
