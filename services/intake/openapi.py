"""Describes intake's endpoints in OpenAPI 3.1; FastAPI cannot, because the routes read raw bytes."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypedDict

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from contracts.region import Region
from contracts.text import VISIBLE
from kit.idempotency import PARAMETER
from services.intake import channels, forms, many, rest
from services.intake.domain import Outcome
from services.intake.provider import Provider


class Documented(TypedDict):
    """The keyword arguments of a FastAPI route that only describe it."""

    operation_id: str
    tags: list[str | Any]
    status_code: int
    responses: dict[int | str, dict[str, Any]]
    openapi_extra: dict[str, Any]
    response_model: None


_STRING = {"type": "string"}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        **dict.fromkeys(("type", "title", "detail", "instance"), _STRING),
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": dict.fromkeys(("pointer", "detail"), _STRING)},
        },
    },
}
_RECEIPT = {
    "type": "object",
    "required": ["id", "code", "token", "url"],
    "properties": {
        "id": {
            "type": "string",
            "format": "uuid",
            "description": "The report's public id: at /v1/reports/{id} once the report is public.",
        },
        "code": {
            "type": "string",
            "description": "What the reporter may text back, and read at /v1/codes/{code}. It is no secret.",
            "examples": ["K7M2P9QA"],
        },
        "token": {
            "type": "string",
            "description": "The reporter's secret: at /v1/follow/{token} they read the report and speak of it.",
            "examples": ["q2v0mWJrT3uYkq8xN1cZ5A"],
        },
        "url": {
            "type": "string",
            "format": "uri-reference",
            "description": "The reporter's own address, which ends with the token.",
            "examples": ["/v1/follow/q2v0mWJrT3uYkq8xN1cZ5A"],
        },
        "differs": {
            "type": "boolean",
            "description": "true: the source's id came before with other words; the new ones were not kept",
        },
        "outcome": {
            "type": "string",
            "enum": list(Outcome),
            "description": "With the official key. new: a report of its own; changed: the source and id came before, "
            "and what changed was taken; unchanged: they came before with the same values.",
        },
    },
}
_OPEN311_ERRORS = {
    "type": "array",
    "items": {"type": "object", "properties": {"code": {"type": "integer"}, "description": _STRING}},
}
_FORMAT = {"name": "format", "in": "path", "required": True, "schema": {"type": "string", "enum": ["json", "xml"]}}
_SECURITY: list[dict[str, list[str]]] = [{"bearer": []}]


def _problems(*statuses: int) -> dict[str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(status): {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def _open311(status: int, json: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": json}, "text/xml": {"schema": _STRING}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content}}


def _open311_errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {key: value for status in statuses for key, value in _open311(status, _OPEN311_ERRORS).items()}


def _list_of(**properties: object) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "maxItems": 1, "items": {"type": "object", "properties": properties}}


_FILE_REPORT = {
    "tags": ["reports"],
    "summary": "File a report.",
    "description": (
        "The answer comes once the report is durable; a source and its id, which belong to the key that uses them, "
        "file only one report. "
        "With the official key, a source and id that came before bring the changes of that report: its category, "
        "agency, place, coordinates, address and answers, and its closing. If anything else changed, the answer is "
        "409 with each such member, and nothing is taken. "
        f"As `{many.MEDIA_TYPE}`, up to {many.LIMIT} reports, one a line: the answer has a line for each in their "
        "order, a receipt with status 202 or a problem document, and a line with an error does not affect the others."
    ),
    "operationId": "fileReport",
    "security": _SECURITY,
    "parameters": [PARAMETER],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/NewReport"}},
            many.MEDIA_TYPE: {"schema": _STRING},
        },
    },
    "responses": {
        "200": {"description": "An answer for each line.", "content": {many.MEDIA_TYPE: {"schema": _STRING}}},
        "202": {"description": "Durable.", "content": {"application/json": {"schema": _RECEIPT}}},
        **_problems(400, 401, 403, 409, 413, 422, 429, 503, 507),
    },
}
"""Served by a plain Starlette route, because FastAPI's handling takes longer than keeping the report."""


def _channel(provider: Provider) -> dict[str, Any]:
    reply = {"description": "The reply for the handset.", "content": {provider.reply_type: {"schema": _STRING}}}
    operation = {
        "tags": ["channels"],
        "security": [{"channelToken": []}],
        **provider.operation,
        "responses": {"200": reply, **_problems(400, 401, 403, 413, 429, 503, 507)},
    }
    name = "".join(word.capitalize() for word in (provider.name, *provider.channel.split("-")))
    operations = {
        method.lower(): {**operation, "operationId": f"{method.lower()}{name}"} for method in provider.methods
    }
    if (get := operations.get("get")) is not None and get.pop("requestBody", None):
        # Without a body, the words can be nowhere else.
        get["parameters"] = [{**each, "required": each["name"] == "text"} for each in get["parameters"]]
    return operations


_LIMITED = ("address_string", "address_id", "first_name", "last_name", "email", "phone")
_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["service_code"],
    "properties": {
        "description": {"type": "string", "maxLength": 4000},
        "lat": {"type": "number", "minimum": -90, "maximum": 90},
        "long": {"type": "number", "minimum": -180, "maximum": 180},
        **{name: {"type": "string", "maxLength": 500} for name in _LIMITED},
        **dict.fromkeys(("device_id", "account_id", "media_url", "jurisdiction_id", "api_key"), _STRING),
    },
    "dependentRequired": {"lat": ["long"], "long": ["lat"]},
    "anyOf": [
        {"required": ["service_code", "lat", "long"]},
        *(
            {"required": ["service_code", name], "properties": {name: {"pattern": VISIBLE}}}
            for name in ("address_string", "address_id")
        ),
    ],
}

OPEN311_POST = Documented(
    operation_id="postServiceRequest",
    tags=["open311"],
    status_code=200,
    response_model=None,
    responses={
        **_open311(
            200,
            _list_of(
                service_request_id=_STRING,
                service_notice=_STRING,
                account_id={"type": ["string", "null"]},
                report_code={
                    "type": "string",
                    "description": "The short code that the reporter asks for the report with; as in service_notice.",
                    "examples": ["7KQM2XRA"],
                },
            ),
        ),
        **_open311_errors(400, 403, 404, 413, 415, 429, 503, 507),
    },
    openapi_extra={
        "parameters": [_FORMAT, PARAMETER],
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"$ref": "#/components/schemas/NewServiceRequest"}} for kind in forms.TYPES},
        },
    },
)

OPEN311_TOKEN = Documented(
    operation_id="getServiceRequestIdFromToken",
    tags=["open311"],
    status_code=200,
    response_model=None,
    responses={
        **_open311(200, _list_of(service_request_id=_STRING, token=_STRING)),
        **_open311_errors(400, 404, 429, 503),
    },
    openapi_extra={
        "parameters": [{"name": "token", "in": "path", "required": True, "schema": _STRING}, _FORMAT],
    },
)


def install(app: FastAPI, region: Region) -> None:
    """Serve the description at `/openapi.json`."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app, region)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]  # FastAPI's own way of extending it


def _describe(app: FastAPI, region: Region) -> dict[str, Any]:
    document: dict[str, Any] = get_openapi(title=app.title, version=app.version, routes=app.routes)
    now = datetime.now(UTC)
    report = rest.schema(region, now)
    components = document.setdefault("components", {})
    components["schemas"] = {
        **components.get("schemas", {}),
        "Problem": _PROBLEM,
        **report.pop("$defs"),
        "NewReport": report,
    }
    code = {"service_code": {"type": "string", "enum": region.offered(region.day_of(now))}}
    components["schemas"]["NewServiceRequest"] = {**_FORM, "properties": {**code, **_FORM["properties"]}}
    document["paths"][many.PATH] = {"post": _FILE_REPORT}
    document["paths"].update({provider.path: _channel(provider) for provider in channels.of(region)})
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "channelToken": {"type": "apiKey", "in": "query", "name": "token"},
    }
    return document
