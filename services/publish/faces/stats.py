"""`/v1/stats`: counts of reports by month, agency, category and status, from the kept counts."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

import orjson
from starlette.datastructures import QueryParams

from contracts.region import Region
from services.publish.datasets.reports import OPEN, STATUSES
from services.publish.query import parameters as read
from services.publish.query.described import several

_COLUMNS = ("agency", "category", "status")
_ROW = ("month", *_COLUMNS, "reports", "withheld", "machine_opened", "given_elsewhere")
NOT_PUBLIC = ("hidden", "rejected")
"""What is counted and is no report's status."""

Wanted = Mapping[str, Set[str]]
"""The values that are counted, of each column that is asked for."""


def parameters(region: Region) -> list[dict[str, Any]]:
    """For OpenAPI."""
    about = {"agency": "The agency's id.", "category": "The category's code.", "status": "open: all but closed."}
    return [several(name, about[name], known) for name, known in _known(region).items()]


def wanted(query: QueryParams, region: Region) -> Wanted:
    """What the parameters ask for. Raises `BadQuery`."""
    values = read.strict(query, _COLUMNS, _COLUMNS)
    where = {"agency": "/v1/agencies", "category": "/v1/categories"}
    asked = {name: read.choices(values, name, known, where.get(name, "")) for name, known in _known(region).items()}
    return {
        name: {each for one in chosen for each in OPEN.get(one, (one,))} for name, chosen in asked.items() if chosen
    }


def counted(rows: Sequence[tuple[Any, ...]], wanted: Wanted) -> bytes:
    """The answer: the counts that are asked for, and their sums. A row: the values of `_ROW`."""
    named = (dict(zip(_ROW, row, strict=True)) for row in rows)
    counts = [{**each, "agency": each["agency"] or None, "category": each["category"] or None} for each in named]
    counts = [each for each in counts if all(each[name] in values for name, values in wanted.items())]

    def total(what: str, status: str | None = None) -> int:
        return sum(each[what] for each in counts if status in (None, each["status"]))

    body = {
        "reports": total("reports"),
        "withheld": total("withheld"),
        "hidden": total("reports", "hidden"),
        "rejected": total("reports", "rejected"),
        "machine_opened": total("machine_opened"),
        "given_elsewhere": total("given_elsewhere"),
        "counts": counts,
    }
    return orjson.dumps(body)


def _known(region: Region) -> dict[str, list[str]]:
    return {
        "agency": list(region.agencies),
        "category": list(region.categories),
        "status": [*STATUSES, *NOT_PUBLIC, *OPEN],
    }
