"""The questions of the benchmark of reads, taken from the database that answers them, so that each has an answer."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from bench.load import get
from services.publish.query.cursors import Position, cursor

WORD = "lubang"
"""Half of the reports have it."""
_STATES = ("closed", "disposed", "responded")
_TIMES = 50
"""Each list is asked for with so many beginnings of time, all before the first report: its answers are the same, and
no cache has room for all of them."""
_IDS = 60_000
_SOME_IDS = 500
_LARGEST = "SELECT agency FROM record WHERE agency IS NOT NULL GROUP BY agency ORDER BY count(*) DESC LIMIT 20"
_HALF = "SELECT count(*) / 2 FROM record WHERE agency = :agency AND status = :status"
_MIDDLE = """SELECT received_at, id FROM record WHERE agency = :agency AND status = :status
ORDER BY received_at DESC, id DESC LIMIT 1 OFFSET :half"""


class Questions(NamedTuple):
    """Whole HTTP requests. The cold ones are to be asked in order: then none is in a cache when it comes again."""

    ids: list[str]
    filters: list[tuple[str, str]]
    """Agencies and statuses."""
    one_cold: list[bytes]
    one_warm: list[bytes]
    list_cold: list[bytes]
    list_warm: list[bytes]
    deep_cold: list[bytes]
    """The pages in the middle of the lists of `list_cold`."""
    word_cold: list[bytes]


def read(database: Path) -> Questions:
    """Questions about all of this database."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as rows:
        step = max(1, rows.execute("SELECT max(number) FROM record").fetchone()[0] // _IDS)
        ids = [id for (id,) in rows.execute("SELECT id FROM record WHERE number % ? = 0", [step])]
        filters = list(product((agency for (agency,) in rows.execute(_LARGEST).fetchall()), _STATES))
        middles = [_middle(rows, *each) for each in filters]
    lists = [_list(*each) for each in filters]
    cold = [{**each, "received_from": time} for time in _times() for each in lists]
    deep = [{**each, "cursor": cursor(middle, each)} for each, middle in zip(cold, middles * _TIMES, strict=True)]
    return Questions(
        ids,
        filters,
        one_cold=[get(f"/v1/reports/{id}") for id in ids],
        one_warm=[get(f"/v1/reports/{id}") for id in ids[:: len(ids) // _SOME_IDS]],
        list_cold=[_get(each) for each in cold],
        list_warm=[_get(each) for each in lists],
        deep_cold=[_get(each) for each in deep],
        word_cold=[_get({"q": WORD, "received_from": time}) for time in _times(_TIMES * len(lists))],
    )


def _middle(rows: sqlite3.Connection, agency: str, status: str) -> Position:
    named: dict[str, object] = {"agency": agency, "status": status}
    named["half"] = rows.execute(_HALF, named).fetchone()[0]
    return Position(*rows.execute(_MIDDLE, named).fetchone())


def _list(agency: str, status: str) -> dict[str, str]:
    return {"agency": agency, "status": status}


def _times(count: int = _TIMES) -> list[str]:
    first = datetime(1990, 1, 1, tzinfo=UTC)
    return [f"{first + timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}" for number in range(count)]


def _get(query: dict[str, str]) -> bytes:
    return get(f"/v1/reports?{urlencode(query)}")
