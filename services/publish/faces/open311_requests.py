"""Lists of Open311 requests: reads the query, and finds the requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import cos, radians
from typing import Any, NamedTuple

from starlette.datastructures import QueryParams

from contracts.open311 import Format, respelled, with_extended_attributes
from contracts.region import Region
from contracts.times import utc
from kit.db import Reader, micros
from services.publish.query import cursors, parameters
from services.publish.query.parameters import BadQuery, NotFound
from services.publish.query.selection import Selection
from services.publish.query.windows import Window, window

MOST = 1000
"""Requests a page, at most and by default: the specification's own limit."""
_FILTERS = (
    *("service_request_id", "service_code", "status", "start_date", "end_date", "updated_after", "updated_before"),
    *("lat", "long", "radius", "bbox", "q", "page", "page_size", "extensions"),
)
_BESIDE = frozenset({"jurisdiction_id", "api_key", "account_id", "device_id", "format", "locale", "callback", "_"})
"""Parameters that clients send with every request; they filter nothing."""
_FARTHEST = 100_000
_METERS_PER_DEGREE = 111_320.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_NEWEST = "SELECT max(received_at) FROM record"
_OLDER = "SELECT max(received_at) FROM record WHERE received_at < :start"
_COUNT = "SELECT count(*) FROM record{where}"
# The page's numbers come first, from an index alone: what OFFSET passes over is never read.
_PAGE = """SELECT face.o311_{format}{more} FROM
(SELECT number AS of FROM record{where} ORDER BY received_at DESC, id DESC LIMIT :limit OFFSET :offset) AS page
JOIN record ON record.number = page.of JOIN face ON face.number = page.of
ORDER BY record.received_at DESC, record.id DESC"""
_ONE = """SELECT face.o311_{format}{more} FROM record JOIN face ON face.number = record.number
WHERE record.id = :id"""
_MORE = "".join(
    f", record.{column}" for column in ("status", "kind", "channel", "closure", "place_code", "withheld", "updated_at")
)


class Listing(NamedTuple):
    """A page of fragments, how many there are on all pages, and where older ones begin."""

    fragments: list[bytes]
    total: int
    older: Window | None


@dataclass(frozen=True)
class RequestQuery:
    """The list that a query asks for."""

    selection: Selection
    page: int
    size: int
    start: datetime | None
    end: datetime | None
    windowed: bool
    """Whether the limit of 90 days applies: not to ids, and not where the time of change is asked for."""
    extended: bool


def read_list(query: QueryParams, region: Region, dialect: str) -> RequestQuery:
    """Read the query of a list. Raises `BadQuery` for an unknown filter: without it the list would have everything."""
    if unknown := [name for name in query if name not in _FILTERS and name not in _BESIDE]:
        raise BadQuery(unknown[0][:100], f"no such filter; there are {', '.join(_FILTERS)}")
    values = {name: value for name, value in query.items() if value}
    page = parameters.number(values, "page", default=1, low=1, high=10**9)
    size = parameters.number(values, "page_size", default=MOST, low=1, high=MOST)
    selection = Selection()
    extended = values.get("extensions") == "true"
    if "service_request_id" in values:
        ids = [id.strip().lower() for id in values["service_request_id"].split(",", MOST)]
        if len(ids) > MOST:
            raise BadQuery("service_request_id", f"at most {MOST} ids")
        selection.one_of("id", dict.fromkeys(filter(cursors.is_id, ids)))
        return RequestQuery(selection, page, size, None, None, False, extended)
    _filter(selection, values, region, dialect)
    start, end = (parameters.instant(values, name, region.zone) for name in ("start_date", "end_date"))
    windowed = bool(start or end) or not ("updated_after" in values or "updated_before" in values)
    return RequestQuery(selection, page, size, start, end, windowed, extended)


def _filter(selection: Selection, values: Mapping[str, str], region: Region, dialect: str) -> None:
    if "service_code" in values:
        codes = [code.strip() for code in values["service_code"].split(",")]
        if unknown := [code for code in codes if code not in region.categories]:
            raise NotFound(f"service_code: there is no {unknown[0][:100]!r}")
        selection.one_of("category", dict.fromkeys(codes))
    if "status" in values:
        statuses = {status.strip() for status in values["status"].split(",")}
        if not statuses <= {"open", "closed"}:
            raise BadQuery("status", "open or closed, or both with a comma between")
        if len(statuses) == 1:
            selection.add("status = 'closed'" if "closed" in statuses else "status <> 'closed'")
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
        if question.windowed:
            span = window(question.start, question.end, await self._time(_NEWEST))
            if span is None:
                return Listing([], 0, None)
            selection.since("received_at", span.start)
            selection.before("received_at", span.end)
        await selection.decide(self._reader)
        if selection.nothing:
            return Listing([], 0, None)
        sql = _PAGE.format(format=format, more=_MORE if question.extended else "", where=selection.where())
        page = {"limit": question.size, "offset": (question.page - 1) * question.size}
        rows = await self._reader.rows(sql, {**selection.values, **page})
        total = await self._count(selection)
        older = await self._older(span) if span else None
        return Listing([_fragment(format, row) for row in rows], total, older)

    async def one(self, id: str, format: Format, *, extended: bool) -> list[bytes]:
        """The request with this id, or nothing."""
        if not cursors.is_id(id):
            return []
        rows = await self._reader.rows(_ONE.format(format=format, more=_MORE if extended else ""), {"id": id})
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
    status, kind, channel, closure, place, withheld, updated = row
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
            "modified_datetime": changed,  # updated_datetime of a closed request is when it was closed
        },
    )
