"""Lists of Open311 requests: reads the query, and finds the requests."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import cos, radians
from typing import Any, NamedTuple

from starlette.datastructures import QueryParams

from contracts.ids import canonical
from contracts.open311 import Format, respelled, with_extended_attributes
from contracts.region import Region
from contracts.times import utc
from kit.db import Reader, micros
from services.publish.query import cursors, parameters, state
from services.publish.query.parameters import BadQuery, NotFound
from services.publish.query.selection import Selection
from services.publish.query.windows import Window, window

MOST = 1000
"""Requests a page, at most and by default: the specification's own limit."""
_FILTERS = (
    *("service_request_id", "service_code", "status", "start_date", "end_date", "updated_after", "updated_before"),
    *("lat", "long", "radius", "bbox", "q", "page", "page_size", "cursor", "extensions"),
)
_SEVERAL = frozenset({"service_request_id", "service_code", "status"})
_NO_FILTERS = frozenset({"page", "page_size", "cursor", "extensions"})
_BESIDE = frozenset({"jurisdiction_id", "api_key", "account_id", "device_id", "format", "locale", "callback", "_"})
"""Parameters that clients send with every request; they filter nothing."""
_FARTHEST = 100_000
_METERS_PER_DEGREE = 111_320.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_NEWEST = "SELECT max(received_at) FROM record"
_OLDER = "SELECT max(received_at) FROM record WHERE received_at < :start"
_COUNT = "SELECT count(*) FROM record{where}"
# The page's numbers come first, from an index alone: what OFFSET passes over is never read.
_PAGE = """SELECT record.received_at, record.id, face.o311_{format}{more} FROM
(SELECT number AS of FROM record{where} ORDER BY received_at DESC, id DESC LIMIT :limit OFFSET :offset) AS page
JOIN record ON record.number = page.of JOIN face ON face.number = page.of
ORDER BY record.received_at DESC, record.id DESC"""
_ONE = """SELECT face.o311_{format}{more} FROM record JOIN face ON face.number = record.number
WHERE record.id = :id"""
_MORE = "".join(
    f", record.{column}"
    for column in (
        *("status", "kind", "channel", "closure", "place_code", "withheld", "updated_at"),
        *("duplicate_of", "reported_by"),
    )
)


class Listing(NamedTuple):
    """A page of fragments, and how many there are on all pages."""

    fragments: list[bytes]
    total: int
    as_of: datetime
    """The list is whole up to here: no change that is not in it will have an earlier time of change."""
    older: Window | None = None
    """Where older ones begin."""
    last: cursors.Position | None = None
    """Where the next page goes on; null on the last one."""


@dataclass(frozen=True)
class RequestQuery:
    """The list that a query asks for, and the page of it: by its number, or by what is before it."""

    selection: Selection
    filters: Mapping[str, str]
    page: int
    after: cursors.Position | None
    size: int
    extended: bool
    start: datetime | None = None
    end: datetime | None = None
    windowed: bool = False
    """Whether the limit of 90 days applies: not to ids, and not where the time of change is asked for."""


def read_list(query: QueryParams, region: Region, dialect: str) -> RequestQuery:
    """Read the query of a list. Raises `BadQuery` for an unknown filter: without it the list would have everything."""
    if unknown := [name for name in query if name not in _FILTERS and name not in _BESIDE]:
        raise BadQuery(unknown[0][:100], f"no such filter; there are {', '.join(_FILTERS)}")
    asked = parameters.strict(
        QueryParams([(name, value) for name, value in query.multi_items() if name in _FILTERS]), _FILTERS, _SEVERAL
    )
    filters = {name: value for name, value in asked.items() if name not in _NO_FILTERS}
    question = RequestQuery(
        Selection(),
        filters,
        page=parameters.number(asked, "page", default=1, low=1, high=10**9),
        after=cursors.position(asked.get("cursor"), filters),
        size=parameters.number(asked, "page_size", default=MOST, low=1, high=MOST),
        extended=asked.get("extensions") == "true",
    )
    if "cursor" in asked and "page" in asked:
        raise BadQuery("page", "a cursor says where to go on: leave the page out")
    if "service_request_id" in filters:
        ids = [canonical(id.strip()) for id in filters["service_request_id"].split(",", MOST)]
        if len(ids) > MOST:
            raise BadQuery("service_request_id", f"at most {MOST} ids")
        question.selection.one_of("id", dict.fromkeys(filter(None, ids)))
        return question
    _filter(question.selection, filters, region, dialect)
    start, end = (parameters.instant(filters, name, region.zone) for name in ("start_date", "end_date"))
    windowed = bool(start or end) or not ("updated_after" in filters or "updated_before" in filters)
    return replace(question, start=start, end=end, windowed=windowed)


def _filter(selection: Selection, values: Mapping[str, str], region: Region, dialect: str) -> None:
    if "service_code" in values:
        codes = [code.strip() for code in values["service_code"].split(",")]
        if unknown := [code for code in codes if code not in region.categories]:
            raise NotFound(f"service_code: there is no {unknown[0][:100]!r}; all of them are in /open311/v2/services")
        selection.one_of("category", dict.fromkeys(codes))
    if "status" in values:
        statuses = {status.strip() for status in values["status"].split(",")}
        if not statuses <= {"open", "closed"}:
            raise BadQuery("status", "open or closed, or both with a comma between")
        if len(statuses) == 1:
            selection.add("status = 'closed'" if "closed" in statuses else "status <> 'closed'")
    parameters.in_order(values, "updated_after", "updated_before", region.zone)
    selection.since("updated_at", parameters.instant(values, "updated_after", region.zone))
    selection.before("updated_at", parameters.instant(values, "updated_before", region.zone))
    selection.within(parameters.box(values, "bbox"))
    selection.words(dialect, values.get("q", "")[:200] or None)
    _near(selection, values)


def _near(selection: Selection, values: Mapping[str, str]) -> None:
    lat, long = parameters.degrees(values, "lat", 90), parameters.degrees(values, "long", 180)
    if "radius" not in values and lat is None and long is None:
        return
    if lat is None or long is None:
        raise BadQuery("radius", "lat, long and radius belong together")
    radius = parameters.number(values, "radius", default=100, low=1, high=_FARTHEST)
    reach = radius / _METERS_PER_DEGREE
    # Flat enough for the size of a regency; a degree of longitude shrinks towards the poles.
    shrunk = max(cos(radians(lat)), 0.01)
    selection.add("lat BETWEEN :near_south AND :near_north", near_south=lat - reach, near_north=lat + reach)
    selection.add(
        "(lat - :near_lat) * (lat - :near_lat) + (long - :near_long) * (long - :near_long) * :shrunk <= :reach",
        near_lat=lat,
        near_long=long,
        shrunk=shrunk * shrunk,
        reach=reach * reach,
    )


class Requests:
    """Finds lists of requests."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._counts: dict[object, int] = {}
        self._counted_at = -1

    async def find(self, question: RequestQuery, format: Format) -> Listing:
        """One page, newest first."""
        selection, span = question.selection, None
        as_of = (await state.read(self._reader)).as_of
        if question.after is not None:
            as_of = question.after.as_of
        if question.windowed:
            span = window(question.start, question.end, await self._time(_NEWEST))
            if span is None:
                return Listing([], 0, as_of)
            selection.since("received_at", span.start)
            selection.before("received_at", span.end)
        await selection.decide(self._reader)
        if selection.nothing:
            return Listing([], 0, as_of)
        total = await self._count(selection)
        rows = await self._page(question, format)
        older = await self._older(span) if span else None
        shown = rows[: question.size]
        last = cursors.Position(shown[-1][0], shown[-1][1], as_of) if len(rows) > len(shown) else None
        return Listing([_fragment(format, row[2:]) for row in shown], total, as_of, older, last)

    async def _page(self, question: RequestQuery, format: Format) -> list[tuple[Any, ...]]:
        """The rows of a page, and one more if there is a next one."""
        if question.after is not None:
            question.selection.after(question.after.received_at, question.after.id)
        where = question.selection.where()
        sql = _PAGE.format(format=format, more=_MORE if question.extended else "", where=where)
        page = {"limit": question.size + 1, "offset": (question.page - 1) * question.size}
        return await self._reader.rows(sql, {**question.selection.values, **page})

    async def one(self, id: str, format: Format, *, extended: bool) -> list[bytes]:
        """The request with this id, or nothing."""
        kept = canonical(id)
        if kept is None:
            return []
        rows = await self._reader.rows(_ONE.format(format=format, more=_MORE if extended else ""), {"id": kept})
        return [_fragment(format, row) for row in rows]

    async def _count(self, selection: Selection) -> int:
        version = (await self._reader.rows("SELECT version FROM log_state WHERE id = 1") or [(0,)])[0][0]
        if version != self._counted_at or len(self._counts) > 1000:
            self._counts, self._counted_at = {}, version
        key = (selection.where(), *selection.values.values())
        if key not in self._counts:
            rows = await self._reader.rows(_COUNT.format(where=selection.where()), selection.values)
            self._counts[key] = rows[0][0]
        return self._counts[key]

    async def _older(self, span: Window) -> Window | None:
        """The next window back that has anything in it."""
        newest = await self._time(_OLDER, start=micros(span.start))
        # The end is not part of a window, and times are kept to the millisecond.
        return None if newest is None else window(None, newest + timedelta(milliseconds=1), None)

    async def _time(self, sql: str, **values: int) -> datetime | None:
        at = (await self._reader.rows(sql, values))[0][0]
        return None if at is None else _EPOCH + timedelta(microseconds=at)


def _fragment(format: Format, row: tuple[Any, ...]) -> bytes:
    fragment = respelled(format, row[0])
    return fragment if len(row) == 1 else _extended(format, fragment, row[1:])


def _extended(format: Format, fragment: bytes, row: tuple[Any, ...]) -> bytes:
    status, kind, channel, closure, place, withheld, updated, duplicate_of, reported_by = row
    changed = utc(_EPOCH + timedelta(microseconds=updated))
    return with_extended_attributes(
        format,
        fragment,
        {
            "detailed_status": status,
            "kind": kind,
            "channel": channel,
            "closure": closure,
            "place_code": place,
            "confidential": bool(withheld),
            "duplicate_of": duplicate_of,
            "reported_by": reported_by or 1,  # a version that merged none wrote no number
            "modified_datetime": changed,  # updated_datetime of a closed request is when it was closed
        },
    )
