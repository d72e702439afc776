"""What OpenAPI says of Open311's paths for reading: their parameters, and the models of their answers in JSON."""

from typing import Annotated, Any, Literal

from pydantic import Field

from kit.openapi import OPEN311_ERRORS, camel
from services.publish.faces.documented import PublicAnswer
from services.publish.query import cursors
from services.publish.query.described import A_TIME, REPORT_ID, TIME, parameter
from services.publish.query.parameters import BOX


class Open311Endpoint(PublicAnswer):
    """A place where this specification is served."""

    specification: str
    """The address of the specification."""
    url: str
    """Where the paths of the specification begin."""
    changeset: str
    """When it last changed, in ISO 8601."""
    type: Literal["production", "test"]
    """production, or test: a sandbox, whose reports are deleted each night."""
    formats: list[str]
    """The media types of its answers."""


class Open311Discovery(PublicAnswer):
    """Where this government's Open311 is."""

    changeset: str
    """When it last changed, in ISO 8601."""
    contact: str
    """Whom to ask."""
    key_service: str
    """How to get a key."""
    endpoints: list[Open311Endpoint]
    """The places where it is served."""


class Open311Service(PublicAnswer):
    """One kind of request: a category of reports."""

    service_code: Annotated[str, Field(examples=["jalan-rusak"])]
    """Its code."""
    service_name: Annotated[str, Field(examples=["Jalan rusak"])]
    """Its name."""
    description: str | None
    """What belongs to it."""
    keywords: str | None
    """Words that name it, with commas between."""
    group: str | None
    """The group that it is shown with."""
    metadata: bool
    """false: it asks for no further attributes."""
    type: Literal["realtime", "batch", "blackbox"]
    """realtime: a request has its id at once."""


class Open311Attribute(PublicAnswer):
    """An attribute that a service asks for; no service here does."""

    code: str
    """Its code."""


class Open311Definition(PublicAnswer):
    """What one kind of request asks for."""

    service_code: Annotated[str, Field(examples=["jalan-rusak"])]
    """The code of the service."""
    attributes: list[Open311Attribute]
    """The attributes it asks for: none."""


class Open311Extended(PublicAnswer):
    """What GeoReport v2 has no member for; with `extensions=true`."""

    detailed_status: str
    """The report's status, as /v1/reports has it."""
    kind: str
    """complaint, aspiration (an idea) or information (a request for it)."""
    channel: str
    """The channel it came by."""
    closure: str | None
    """Why it was closed."""
    place_code: str | None
    """The official code of its place."""
    confidential: bool
    """Whether its words and place are withheld."""
    duplicate_of: str | None
    """The request that it was merged into."""
    reported_by: int
    """How many requests tell of the matter: this one, and those that were merged into it."""
    modified_datetime: Annotated[str, Field(examples=["2026-11-24T05:00:00.000Z"])]
    """When it last changed in any way, in UTC."""


class Open311Request(PublicAnswer):
    """A public report, as Open311 has it."""

    service_request_id: Annotated[str, Field(examples=[REPORT_ID])]
    """The report's id, a UUID."""
    status: Literal["open", "closed"]
    """open, or closed."""
    status_notes: str | None
    """The last public words of the agency, or why it was closed."""
    service_name: str
    """The name of its category."""
    service_code: Annotated[str, Field(examples=["jalan-rusak"])]
    """The code of its category."""
    description: str | None
    """Its words, personal data removed; null if it is confidential."""
    agency_responsible: str | None
    """The name of the agency that must act."""
    service_notice: str | None
    """What will happen, in words."""
    requested_datetime: Annotated[str, Field(examples=["2026-11-24T05:00:00.000Z"])]
    """When it was received, in UTC."""
    updated_datetime: Annotated[str, Field(examples=["2026-11-24T05:00:00.000Z"])]
    """When it last changed; of a closed one, when it was closed."""
    expected_datetime: Annotated[str | None, Field(examples=["2026-12-01T09:00:00.000Z"])]
    """When the agency's answer is due."""
    address: str | None
    """The name of its place."""
    address_id: Annotated[str | None, Field(examples=["35.22.15.2001"])]
    """The official code of its place."""
    zipcode: str | None
    """The postcode of its place."""
    lat: float | None
    """Latitude in degrees, WGS 84; only if the reporter gave it."""
    long: float | None
    """Longitude in degrees, WGS 84; only if the reporter gave it."""
    media_url: str | None
    """The address of a photo."""
    extended_attributes: Open311Extended | None = None
    """Further members; absent unless asked for."""


def _listed(each: Any) -> Any:
    return Annotated[list[each], Field(description="In the order asked for; one alone is a list too.")]


_ANSWERS: dict[str, tuple[str, str, Any]] = {
    "/discovery": ("discover_open311", "Where this government's Open311 is.", Open311Discovery),
    "/services": ("list_services", "The kinds of requests.", _listed(Open311Service)),
    "/services/{service_code}": ("get_service_definition", "What it asks for.", Open311Definition),
    "/requests": (
        "list_service_requests",
        "A page of requests. `Link` leads to the others, `X-Total-Count` counts all; up to "
        "`X-As-Of` the list is whole.",
        _listed(Open311Request),
    ),
    "/requests/{service_request_id}": ("get_service_request", "A list of one.", _listed(Open311Request)),
}
"""The name of each path's operation, the meaning of its answer, and the model of that."""
_NAMED = {
    "service_code": ("A service's code, as the list of services gives it.", "jalan-rusak"),
    "service_request_id": ("A request's id, as the lists give it.", REPORT_ID),
}


def of(path: str) -> dict[str, Any]:
    """The keyword arguments that describe a path's route; its answers come in two formats."""
    name, meaning, model = _ANSWERS[path]
    asks = [parameter("format", "The format.", "json", where="path", required=True, type="string", enum=_FORMATS)]
    if "{" in path:
        named = path[path.index("{") + 1 : -1]
        asks.append(parameter(named, *_NAMED[named], where="path", required=True))
    asks.append(parameter("jurisdiction_id", "This government's, as discovery names it, or none.", ""))
    if path.startswith("/requests"):
        asks.append(parameter("extensions", "true: adds extended_attributes.", "true"))
    if path == "/requests":
        asks += _LIST_PARAMETERS
    answer: dict[str, Any] = {"description": meaning, "content": {"text/xml": {"schema": {"type": "string"}}}}
    failures = {
        status: {"description": words, "content": OPEN311_ERRORS}
        for status, words in ((400, "A parameter is unknown or not valid."), (404, "There is no such thing here."))
    }
    return {
        "operation_id": camel(name),
        "response_model": model,
        "responses": {200: answer, **failures},
        "openapi_extra": {"parameters": asks},
    }


_FORMATS = ["json", "xml"]
_TIME = "ISO 8601; without an offset, in the government's own time."
_TOGETHER = "Together with the other of lat and long."


def _degrees(name: str, most: int, example: float) -> dict[str, Any]:
    about = f"Near a point, in degrees. {_TOGETHER}"
    return parameter(name, about, example, type="number", minimum=-most, maximum=most)


_LIST_PARAMETERS = [
    parameter("service_request_id", "Ids with commas between; every other filter is then passed over.", REPORT_ID),
    parameter("service_code", "Codes with commas between.", "jalan-rusak,drainase"),
    parameter(
        "status",
        "open, closed, or both with a comma between.",
        "open",
        type="string",
        pattern="^(open|closed)(,(open|closed))*$",
    ),
    parameter("start_date", f"Requested then or later. {_TIME}", A_TIME, **TIME),
    parameter("end_date", f"Requested before; at most 90 days after start_date. {_TIME}", "2026-11-30", **TIME),
    parameter("updated_after", f"Changed then or later. {_TIME}", A_TIME, **TIME),
    parameter("updated_before", f"Changed before. {_TIME}", "2026-11-30", **TIME),
    _degrees("lat", 90, -7.1823),
    _degrees("long", 180, 111.9317),
    parameter(
        "radius",
        "How far from lat and long, in meters; 100 unless given.",
        500,
        type="integer",
        minimum=1,
        maximum=100_000,
    ),
    parameter(
        "bbox",
        "Within a box: west,south,east,north in degrees.",
        "111.8,-7.3,112.0,-7.1",
        type="string",
        pattern=f"^({BOX})$",
    ),
    parameter("q", "Words of its description, all of them.", "jalan lubang"),
    parameter(
        "cursor",
        "Where to go on: follow `next` in Link.",
        cursors.EXAMPLE,
        type="string",
        pattern=f"^({cursors.CURSOR})$",
    ),
    parameter("page", "The number of the page, from 1; not beside a cursor.", 1, type="integer", minimum=1, default=1),
    parameter("page_size", "How many a page.", 100, type="integer", minimum=1, maximum=1000, default=1000),
]
