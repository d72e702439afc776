"""The REST face: reports by filter and by id, lists of the region, counts and changes, from stored bytes."""

from collections.abc import Mapping
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.region import Region
from contracts.region.calendar import calendar_of, count
from kit.db import Reader
from services.publish.faces import documented, models
from services.publish.faces.answers import Answers, Hidden, ReadyBytes, json
from services.publish.faces.catalogue import Catalogue
from services.publish.faces.documented import problem
from services.publish.query import cursors, parameters
from services.publish.query.described import REPORT_ID, parameter
from services.publish.query.filters import FILTERS, LIMIT, described, select
from services.publish.query.parameters import BadQuery, NotFound
from services.publish.query.selection import Selection
from services.publish.record.values import complete

_PAGE = "SELECT doc, received_at, id, edition FROM record{where} ORDER BY received_at DESC, id DESC LIMIT :limit"
_ONE = """SELECT record.doc, face.history, face.log, record.edition FROM record JOIN face ON face.number = record.number
WHERE record.id = :id"""
_HIDDEN = "SELECT 1 FROM hidden WHERE id = :id"
_CHANGES = """SELECT "index", report, entry, form, text, text_salt FROM leaf
WHERE "index" >= :first ORDER BY "index" LIMIT :limit"""
_FACT = b'{"index":%d,"report":%b,"fact":%b}'
_STATS = """SELECT month, agency, category, status, reports, withheld FROM tally WHERE reports > 0
ORDER BY month DESC, agency, category, status"""


def routes(
    reader: Reader, region: Region, catalogue: Catalogue, answers: Answers, dialect: str
) -> tuple[list[Route], APIRouter]:
    """The busiest routes, plain and to be put first; and all of this face's routes with their documentation."""
    face = _Face(reader, region, catalogue, answers, dialect)
    documented_routes = APIRouter(route_class=ReadyBytes, tags=["open data"])
    hot = [Route("/v1/reports", face.list_reports), Route("/v1/reports/{id}", face.get_report)]
    for path, endpoint, model, errors, asks in (
        ("/v1/reports", face.list_reports, models.Reports, (400, 404), described(region)),
        ("/v1/reports/{id}", face.get_report, models.ReportInFull, (400, 404, 410), [_ID_PARAMETER]),
        ("/v1/agencies", face.list_agencies, documented.Agencies, (400,), []),
        ("/v1/places", face.list_places, documented.Places, (400,), []),
        ("/v1/categories", face.list_categories, documented.Categories, (400,), []),
        ("/v1/calendar", face.count_working_days, documented.Calendar, (400,), _CALENDAR_PARAMETERS),
        ("/v1/stats", face.get_stats, documented.Stats, (400,), []),
        ("/v1/changes", face.list_changes, documented.Changes, (400,), _CHANGES_PARAMETERS),
    ):
        documented_routes.add_api_route(
            path, endpoint, response_model=model, responses=problem(*errors), openapi_extra={"parameters": asks}
        )
    return hot, documented_routes


_ID_PARAMETER = parameter(
    "id", "The report's id.", REPORT_ID, where="path", required=True, type="string", format="uuid"
)
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
_CHANGES_PARAMETERS = [
    LIMIT,
    parameter("cursor", "A leaf's index: the first one wanted.", 0, type="integer", minimum=0, maximum=10**15 - 1),
]


class _Face:
    def __init__(self, reader: Reader, region: Region, catalogue: Catalogue, answers: Answers, dialect: str) -> None:
        self._reader, self._region, self._catalogue = reader, region, catalogue
        self._answers, self._dialect = answers, dialect
        self._calendar = calendar_of(region)

    async def list_reports(self, request: Request) -> Response:
        """Public reports, newest first."""
        values = parameters.strict(request.query_params, FILTERS | {"limit", "cursor"})
        limit = parameters.number(values, "limit", default=100, low=1, high=1000)
        filters = {name: value for name, value in values.items() if name in FILTERS}
        selection = select(filters, self._region, self._dialect)
        after = cursors.position(values.get("cursor"), filters)
        if after is not None:
            selection.after(*after)

        async def make() -> Response:
            return json(await self._page(selection, limit, values, filters))

        return await self._answers.fresh(request, make)

    async def get_report(self, request: Request) -> Response:
        """One report, with its history and the indexes of its leaves in the log."""
        id = request.path_params["id"]
        parameters.strict(request.query_params, ())

        async def make() -> Response:
            rows = await self._reader.rows(_ONE, {"id": id}) if cursors.is_id(id) else []
            if not rows:
                await self._absent(id)
            doc, history, log, edition = rows[0]
            return json(b"".join((complete(doc, edition)[:-1], b',"history":', history, b',"log":', log, b"}")))

        return await self._answers.fresh(request, make)

    async def list_agencies(self, request: Request) -> Response:
        """Who answers for reports."""
        return await self._static(request, self._catalogue.agencies)

    async def list_places(self, request: Request) -> Response:
        """Where reports can be about."""
        return await self._static(request, self._catalogue.places)

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
        parameters.strict(request.query_params, ())

        async def make() -> Response:
            return json(_stats(await self._reader.rows(_STATS)))

        return await self._answers.fresh(request, make)

    async def list_changes(self, request: Request) -> Response:
        """Every public fact in the order of the log, for programs that keep a copy."""
        values = parameters.strict(request.query_params, {"limit", "cursor"})
        limit = parameters.number(values, "limit", default=100, low=1, high=1000)
        first = parameters.number(values, "cursor", default=0, low=0, high=10**15 - 1)

        async def make() -> Response:
            rows = await self._reader.rows(_CHANGES, {"first": first, "limit": limit})
            facts = [_FACT % (index, orjson.dumps(report or None), _fact(*rest)) for index, report, *rest in rows]
            following = rows[-1][0] + 1 if rows else first
            next = f"/v1/changes?limit={limit}&cursor={following}".encode()
            return json(b"".join((b'{"changes":[', b",".join(facts), b'],"next":"', next, b'"}')))

        return await self._answers.fresh(request, make)

    async def _static(self, request: Request, body: bytes) -> Response:
        parameters.strict(request.query_params, ())

        async def make() -> Response:
            return json(body)

        return await self._answers.fresh(request, make)

    async def _page(
        self, selection: Selection, limit: int, values: Mapping[str, str], filters: Mapping[str, str]
    ) -> bytes:
        await selection.decide(self._reader)
        if selection.nothing:
            return b'{"reports":[],"next":null}'
        sql = _PAGE.format(where=selection.where())
        rows = await self._reader.rows(sql, {**selection.values, "limit": limit + 1})
        next = b"null"
        if len(rows) > limit:
            _, received_at, id, _ = rows[limit - 1]
            place = {"limit": str(limit), "cursor": cursors.cursor(cursors.Position(received_at, id), filters)}
            next = orjson.dumps(f"/v1/reports?{urlencode({**filters, **place})}")
        docs = b",".join([complete(row[0], row[3]) for row in rows[:limit]])
        return b"".join((b'{"reports":[', docs, b'],"next":', next, b"}"))

    async def _absent(self, id: str) -> None:
        if cursors.is_id(id) and await self._reader.rows(_HIDDEN, {"id": id}):
            raise Hidden("An official took this report out of public view; that it was there, and when, is in the log")
        raise NotFound("There is no such public report")


def _fact(entry: bytes | None, form: int | None, text: str | None, text_salt: bytes | None) -> bytes:
    """An entry with the words that it commits to, which from form 2 on are kept beside it; null if it was erased."""
    if entry is None or form is None:
        return entry or b"null"
    salt = None if text_salt is None else bytes(text_salt).hex()
    return entry[:-1] + b"," + orjson.dumps({"text": text, "text_salt": salt})[1:]


def _stats(rows: list[tuple[object, ...]]) -> bytes:
    counts = [
        {"month": m, "agency": a or None, "category": c or None, "status": s, "reports": n, "withheld": w}
        for m, a, c, s, n, w in rows
    ]

    def total(what: str, status: str | None = None) -> int:
        return sum(int(str(each[what])) for each in counts if status in (None, each["status"]))

    body = {
        "reports": total("reports"),
        "withheld": total("withheld"),
        "hidden": total("reports", "hidden"),
        "rejected": total("reports", "rejected"),
        "counts": counts,
    }
    return orjson.dumps(body)
