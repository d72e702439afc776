"""The Open311 GeoReport v2 face, reading side: discovery, services and requests in XML and JSON.

Our reading of what the specification leaves open, and of what is widely added to it, is in docs/open311.md.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from contracts import open311
from contracts.open311 import Document, Format
from contracts.region import Region
from contracts.times import utc
from kit import clock
from kit.db import Reader
from services.publish.faces import documented_open311
from services.publish.faces.answers import Answers, ReadyBytes
from services.publish.faces.open311_requests import Listing, RequestQuery, Requests, read_list
from services.publish.query import cursors
from services.publish.query.parameters import BadQuery, NotFound

PREFIX = "/open311/v2"
CHANGESET = "2026-11-29T00:00:00+00:00"
"""When these endpoints last changed."""


class Made(NamedTuple):
    """An answer, and its further headers."""

    document: Document
    headers: Mapping[str, str] = {}


Answered = Callable[[Request, Callable[[], Awaitable[Response]]], Awaitable[Response]]
Make = Callable[[Request, Format], Awaitable[Made]]


class ServerAddresses(NamedTuple):
    """The gateway's address for everyone, and that of a sandbox's Open311; empty: there is none."""

    public: str
    test: str


def router(reader: Reader, region: Region, answers: Answers, dialect: str, addresses: ServerAddresses) -> APIRouter:
    """All routes of this face."""
    face = _Face(reader, region, dialect, addresses)
    routes = APIRouter(prefix=PREFIX, route_class=ReadyBytes, tags=["Open311"])
    for path, make, what in (
        ("/discovery", face.discovery, "Where this government's Open311 is"),
        ("/services", face.services, "What a request can be about"),
        ("/services/{service_code}", face.service, "What one kind of request asks for"),
        ("/requests", face.requests, "Public requests, newest first, of at most 90 days"),
        ("/requests/{service_request_id}", face.request, "One request, as a list of one"),
    ):
        # Only lists read much: all else is made anew, and lives on until its content changes.
        endpoint = _endpoint(make, region, answers.fresh if make == face.requests else answers.by_content)
        documented = documented_open311.of(path)
        routes.add_api_route(path + ".{format}", endpoint, summary=what, **documented)
        routes.add_api_route(path, endpoint, include_in_schema=False)
    return routes


def _endpoint(make: Make, region: Region, answered: Answered) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        format = open311.asked_format(request.scope["path"], request.headers.get("accept", ""))
        if format is None:
            raise BadQuery("format", ".json or .xml")
        if request.query_params.get("jurisdiction_id") not in (None, "", region.jurisdiction_id):
            raise NotFound(f"jurisdiction_id: here it is {region.jurisdiction_id}")

        async def answer() -> Response:
            (body, content_type), headers = await make(request, format)
            return Response(body, headers={**headers, "content-type": content_type})

        return await answered(request, answer)

    return endpoint


class _Face:
    def __init__(self, reader: Reader, region: Region, dialect: str, addresses: ServerAddresses) -> None:
        self._requests = Requests(reader)
        self._region, self._dialect = region, dialect
        self._url, self._test_url = addresses.public.rstrip("/") + PREFIX, addresses.test.rstrip("/")
        self._services = {
            category.code: open311.Service(
                service_code=category.code,
                service_name=category.name,
                description=category.description or None,
                keywords=", ".join(category.keywords) or None,
                group=category.group,
            )
            for category in region.categories.values()
        }

    async def discovery(self, _: Request, format: Format) -> Made:
        test = open311.Endpoint(self._test_url, CHANGESET, "test") if self._test_url else None
        here = test if test and self._test_url == self._url else open311.Endpoint(self._url, CHANGESET)
        # Some clients cannot read a list of a single endpoint: without another, this one stands there twice.
        endpoints = [here, test or here]
        contact = ", ".join(filter(None, (self._region.contact, self._region.contact_phone)))
        key_service = f"Reading needs no key. For a key to file reports ask {contact}"
        return Made(open311.discovery(format, endpoints, changeset=CHANGESET, contact=contact, key_service=key_service))

    async def services(self, _: Request, format: Format) -> Made:
        return Made(open311.services(format, [self._services[code] for code in self._offered()]))

    async def service(self, request: Request, format: Format) -> Made:
        code = _name(request, "service_code", format)
        if code not in self._offered():
            raise NotFound("There is no such service_code")
        return Made(open311.service_definition(format, code))

    def _offered(self) -> list[str]:
        """The services of today: those that ended are only found in requests."""
        return self._region.offered(self._region.day_of(clock.now()))

    async def requests(self, request: Request, format: Format) -> Made:
        question = read_list(request.query_params, self._region, self._dialect)
        listing = await self._requests.find(question, format)
        links = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in self._links(request, question, listing, format))
        headers = {"x-total-count": str(listing.total), "x-as-of": utc(listing.as_of)}
        headers |= {"link": links} if links else {}
        return Made(open311.service_requests(format, listing.fragments), headers)

    async def request(self, request: Request, format: Format) -> Made:
        id = _name(request, "service_request_id", format)
        extended = request.query_params.get("extensions") == "true"
        listing = await self._requests.one(id, format, extended=extended)
        if not listing:
            raise NotFound("There is no such public request")
        return Made(open311.service_requests(format, listing))

    def _links(
        self, request: Request, question: RequestQuery, listing: Listing, format: Format
    ) -> Iterator[tuple[str, str]]:
        parameters = [
            (name, value)
            for name, value in request.query_params.multi_items()
            if value and name not in ("page", "cursor", "api_key")
        ]
        address = f"{self._url}/requests.{format}"
        last = max(1, -(-listing.total // question.size))
        if listing.total > 0:
            yield "first", f"{address}?{urlencode([*parameters, ('page', 1)])}"
        if question.page > 1:
            yield "prev", f"{address}?{urlencode([*parameters, ('page', min(question.page - 1, last))])}"
        if listing.last is not None:
            # A position and no number: a request that is hidden meanwhile would move all numbers behind it.
            yield (
                "next",
                f"{address}?{urlencode([*parameters, ('cursor', cursors.cursor(listing.last, question.filters))])}",
            )
        if listing.total > 0:
            yield "last", f"{address}?{urlencode([*parameters, ('page', last)])}"
        if listing.older is not None and listing.older.end is not None:
            dates = {"start_date": listing.older.start, "end_date": listing.older.end}
            written = [(name, utc(at)) for name, at in dates.items()]
            others = [each for each in parameters if each[0] not in dates]
            yield "prev-archive", f"{address}?{urlencode([*others, *written])}"


def _name(request: Request, parameter: str, format: Format) -> str:
    name = str(request.path_params[parameter])
    return name.removesuffix(f".{format}") if "format" not in request.path_params else name
