"""Finds the rows of one page of a list, newest first, in the way that costs least for how many rows match."""

from typing import Any

from kit.db import Reader
from services.publish.query.selection import Selection

Row = tuple[Any, ...]

_PAGE = "SELECT doc, received_at, id, edition FROM record{where} ORDER BY received_at DESC, id DESC LIMIT :limit"
_FEW = """SELECT doc, received_at, id, edition FROM
(SELECT doc, received_at, id, edition FROM record{where}{apart}) AS few
ORDER BY received_at DESC, id DESC LIMIT :limit"""
_NEWEST = """WITH newest AS MATERIALIZED
(SELECT number, received_at, id FROM record{where} ORDER BY received_at DESC, id DESC LIMIT :looked_at),
found AS MATERIALIZED (SELECT number FROM newest WHERE {newest} ORDER BY received_at DESC, id DESC LIMIT :limit)
SELECT doc, received_at, id, edition, (SELECT count(*) FROM newest) FROM record
WHERE number IN (SELECT number FROM found) ORDER BY received_at DESC, id DESC"""
_AT_FIRST = 3
"""Of so many times the page's rows, the newest ones, the words are looked for first."""
_AT_MOST = 8_000
"""Rows that are looked at; if the page is not full then, all rows with the words are found first."""
_SPARE = 1.5
"""How many more rows are looked at than the share of the first ones says."""


async def page(reader: Reader, selection: Selection, limit: int) -> list[Row]:
    """At most `limit` rows of doc, received_at in microseconds, id and edition, and perhaps more columns."""
    await selection.decide_besides_words(reader)
    if selection.nothing:
        return []
    words, sql = selection.asked_words, _PAGE
    if words is not None:
        many = None if words.newest_first else await selection.decide_words(reader)
        if many is not False and (found := await _among_newest(reader, selection, words.newest, limit)) is not None:
            return found
        if not await selection.decide_words(reader):
            sql = _FEW.replace("{apart}", words.apart)
    return await reader.rows(sql.format(where=selection.where()), {**selection.values, "limit": limit})


async def _among_newest(reader: Reader, selection: Selection, newest: str, limit: int) -> list[Row] | None:
    """The page, if not too many of the newest rows must be looked at; else null. It is never a part of the page."""
    sql = _NEWEST.format(where=selection.where_besides_words(), newest=newest)
    looked_at = _AT_FIRST * limit
    while looked_at <= _AT_MOST:
        rows = await reader.rows(sql, {**selection.values, "looked_at": looked_at, "limit": limit})
        if len(rows) == limit or (rows and rows[0][-1] < looked_at):
            return rows
        if not rows:
            return None
        looked_at = max(2 * looked_at, int(_SPARE * limit * looked_at / len(rows)))
    return None
