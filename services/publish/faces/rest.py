"""The REST face: reports by filter and by id, lists of the region, counts and changes, from stored bytes."""

from collections.abc import Mapping
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts import ids
from contracts.region import Region
from contracts.region.calendar import calendar_of, count
from kit import conditions
from kit.db import Reader
from services.publish.faces import documented, models, report, stats
from services.publish.faces.answers import Answers, Hidden, ReadyBytes, json, told
from services.publish.faces.catalogue import Catalogue
from services.publish.faces.changes import ChangesFace
from services.publish.faces.documented import problem
from services.publish.query import cursors, pages, parameters, state
from services.publish.query.described import REPORT_ID, parameter
from services.publish.query.filters import FILTERS, SEVERAL, described, select
from services.publish.query.parameters import BadQuery, NotFound
from services.publish.query.selection import Selection
from services.publish.query.state import RecordState
from services.publish.record.values import complete

_HIDDEN = "SELECT 1 FROM hidden WHERE id = :id"
_STATS = """SELECT month, agency, category, status, reports, withheld, coalesce(machine_opened, 0),
coalesce(given_elsewhere, 0) FROM tally WHERE reports > 0
ORDER BY month DESC, agency, category, status"""


def routes(
    reader: Reader, region: Region, catalogue: Catalogue, answers: Answers, dialect: str
) -> tuple[list[Route], APIRouter]:
    """The busiest routes, plain and to be put first; and all of this face's routes with their documentation."""
    face = _Face(reader, region, catalogue, answers, dialect)
    documented_routes = APIRouter(route_class=ReadyBytes, tags=["open data"])
    changes = ChangesFace(reader, region, answers)
    hot = [Route("/v1/reports", face.list_reports), Route("/v1/reports/{id}", face.get_report)]
    for path, endpoint, model, errors, asks in (
        ("/v1/reports", face.list_reports, models.Reports, (400, 404), described(region)),
        ("/v1/reports/{id}", face.get_report, models.ReportInFull, (400, 404, 410), [_ID_PARAMETER]),
        ("/v1/agencies", face.list_agencies, documented.Agencies, (400,), []),
        ("/v1/places", face.list_places, documented.Places, (400,), _PLACES_PARAMETERS),
        ("/v1/categories", face.list_categories, documented.Categories, (400,), []),
        ("/v1/calendar", face.count_working_days, documented.Calendar, (400,), _CALENDAR_PARAMETERS),
        ("/v1/stats", face.get_stats, documented.Stats, (400,), stats.parameters(region)),
        ("/v1/changes", changes.list_changes, documented.Changes, (400, 410), changes.parameters()),
    ):
        documented_routes.add_api_route(
            path, endpoint, response_model=model, responses=problem(*errors), openapi_extra={"parameters": asks}
        )
    return hot, documented_routes


_ID_PARAMETER = parameter(
    "id", "The report's id.", REPORT_ID, where="path", required=True, type="string", format="uuid"
)
GEOJSON = "application/geo+json"
_PLACE_FORMATS = ("json", "geojson")
_PLACES_PARAMETERS = [
    parameter(
        "format",
        "geojson: a FeatureCollection, as with `Accept: application/geo+json`; a place without an outline is a point.",
        "json",
        type="string",
        enum=list(_PLACE_FORMATS),
    )
]
_YEARS = "^(19|20|21)[0-9]{2}-|^2200-"
_CALENDAR_PARAMETERS = [
    parameter(
        "from",
        "The day that is counted from.",
        "2026-11-24",
        required=True,
        type="string",
        format="date",
        pattern=_YEARS,
    ),
    parameter("days", "Working days.", 5, type="integer", minimum=1, maximum=365, default=5),
]


class _Face:
    def __init__(self, reader: Reader, region: Region, catalogue: Catalogue, answers: Answers, dialect: str) -> None:
        self._reader, self._region, self._catalogue = reader, region, catalogue
        self._answers, self._dialect = answers, dialect
        self._calendar = calendar_of(region)

    async def list_reports(self, request: Request) -> Response:
        """Public reports, newest first."""
        values = parameters.strict(request.query_params, FILTERS | {"limit", "cursor"}, SEVERAL)
        limit = parameters.number(values, "limit", default=100, low=1, high=1000)
        filters = {name: value for name, value in values.items() if name in FILTERS}
        selection = select(filters, self._region, self._dialect)
        after = cursors.position(values.get("cursor"), filters)
        if after is not None:
            selection.after(after.received_at, after.id)

        async def make() -> Response:
            now = await state.read(self._reader)
            now = now if after is None else now._replace(as_of=after.as_of)
            return json(await self._page(selection, limit, filters, now))

        return await self._answers.fresh(request, make, selection.wanted)

    async def get_report(self, request: Request) -> Response:
        """One report, with its history and the indexes of its leaves in the log."""
        id = ids.canonical(request.path_params["id"])
        parameters.strict(request.query_params, ())
        found = await report.find(self._reader, id) if id else None
        if found is None:
            raise await self._absence(id)
        return found.response(conditions.asked(request, "If-None-Match"))

    async def list_agencies(self, request: Request) -> Response:
        """Who answers for reports."""
        return await self._static(request, self._catalogue.agencies)

    async def list_places(self, request: Request) -> Response:
        """Where reports can be about: as JSON, or as GeoJSON (RFC 7946) with outlines, where the region has them."""
        values = parameters.strict(request.query_params, {"format"})
        asked = (parameters.choices(values, "format", _PLACE_FORMATS) or [_accepted(request)])[0]

        async def make() -> Response:
            geojson = asked == "geojson"
            body = self._catalogue.places_geojson if geojson else self._catalogue.places
            media_type = GEOJSON if geojson else "application/json"
            return Response(body, media_type=media_type, headers={"vary": "accept"})

        return await self._answers.lasting(request, make)

    async def list_categories(self, request: Request) -> Response:
        """What reports can be about."""
        return await self._static(request, self._catalogue.categories)

    async def count_working_days(self, request: Request) -> Response:
        """When so many working days are over, with every day that does not count."""
        values = parameters.strict(request.query_params, {"from", "days"})
        start = parameters.instant(values, "from", self._region.zone)
        if start is None or "T" in values["from"].upper() or not 1900 <= start.year <= 2200:
            raise BadQuery("from", "a date from 1900 to 2200, such as 2026-11-24")
        days = parameters.number(values, "days", default=5, low=1, high=365)
        first = start.astimezone(self._region.zone).date()
        due, skipped = count(first, days, self._calendar)
        named = [{"date": day, "why": why} for day, why in skipped]
        return json(orjson.dumps({"from": first, "days": days, "due": due, "skipped": named}))

    async def get_stats(self, request: Request) -> Response:
        """Counts of all reports, the withheld, hidden and rejected too."""
        wanted = stats.wanted(request.query_params, self._region)

        async def make() -> Response:
            return json(stats.counted(await self._reader.rows(_STATS), wanted))

        return await self._answers.fresh(request, make)

    async def _static(self, request: Request, body: bytes) -> Response:
        parameters.strict(request.query_params, ())

        async def make() -> Response:
            return json(body)

        return await self._answers.lasting(request, make)

    async def _page(self, selection: Selection, limit: int, filters: Mapping[str, str], now: RecordState) -> bytes:
        rows = await pages.page(self._reader, selection, limit + 1)
        next = None
        if len(rows) > limit:
            _, received_at, id, *_ = rows[limit - 1]
            cursor = cursors.cursor(cursors.Position(received_at, id, now.as_of), filters)
            next = f"/v1/reports?{urlencode({**filters, 'limit': limit, 'cursor': cursor})}"
        docs = b",".join([complete(row[0], row[3]) for row in rows[:limit]])
        return b"".join((b'{"reports":[', docs, b"],", orjson.dumps({"next": next, **told(now)})[1:]))

    async def _absence(self, id: str | None) -> Hidden | NotFound:
        if id and await self._reader.rows(_HIDDEN, {"id": id}):
            return Hidden("An official took this report out of public view; that it was there, and when, is in the log")
        return NotFound("There is no such public report")


def _accepted(request: Request) -> str:
    return "geojson" if GEOJSON in request.headers.get("accept", "").lower() else "json"
