"""Describes intake's endpoints in OpenAPI 3.1; FastAPI cannot, because the routes read raw bytes."""

from datetime import UTC, datetime
from typing import Any, TypedDict

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from contracts.region import Region
from kit import openapi
from kit.idempotency import PARAMETER
from services.intake import channels, forms, many, open311_models, rest
from services.intake.provider import Provider
from services.intake.receipts import FilingReceipt


class Documented(TypedDict):
    """The keyword arguments of a FastAPI route that only describe it."""

    operation_id: str
    tags: list[str | Any]
    status_code: int
    responses: dict[int | str, dict[str, Any]]
    openapi_extra: dict[str, Any]
    response_model: None


_STRING = {"type": "string"}
_FORMAT = {
    "name": "format",
    "in": "path",
    "required": True,
    "description": "The format of the answer.",
    "example": "json",
    "schema": {"type": "string", "enum": ["json", "xml"]},
}
_SECURITY: list[dict[str, list[str]]] = [{"bearer": []}]


def _open311(status: int, json: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": json}, "text/xml": {"schema": _STRING}}
    return {status: {"description": "A list of one.", "content": content}}


def _open311_errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": _MEANINGS[status], "content": openapi.OPEN311_ERRORS} for status in statuses}


_MEANINGS = {
    **openapi.MEANINGS,
    400: "The form is not valid: each error names a field.",
    403: "No key, or a wrong one.",
}


def _list_of(name: str) -> dict[str, Any]:
    """A list of one: Open311 answers with lists everywhere."""
    return {"type": "array", "minItems": 1, "maxItems": 1, "items": {"$ref": f"#/components/schemas/{name}"}}


_FILE_REPORT = {
    "tags": ["reports"],
    "summary": "File a report",
    "description": (
        "The answer comes once the report is durable; a source and its id, which belong to the key that uses them, "
        "file only one report. "
        "With the official key, a source and id that came before bring the changes of that report: its category, "
        "agency, place, coordinates, address and answers, and its closing. If anything else changed, the answer is "
        "409 with each such member, and nothing is taken. "
        "`lat` and `long` are given together or not at all, and a `closure` needs a `closed_at`.\n\n"
        f"As `{many.MEDIA_TYPE}`, up to {many.LIMIT} reports, one a line: the answer is 200, with a line for each in "
        "their order, a receipt with status 202 or a problem document, and a line with an error does not affect the "
        "others. No schema describes that, as no generator of clients makes anything of it."
    ),
    "operationId": "fileReport",
    "security": _SECURITY,
    "parameters": [PARAMETER],
    "requestBody": {
        "required": True,
        "description": "One report.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Filing"}}},
    },
    "responses": {
        "202": {
            "description": "The report is kept, and will not be lost.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FilingReceipt"}}},
        },
        **openapi.phrases(400, 401, 403, 409, 413, 422, 429, 503, 507),
    },
}
"""Served by a plain Starlette route, because FastAPI's handling takes longer than keeping the report."""


def _channel(provider: Provider) -> dict[str, Any]:
    reply = {"description": "The reply for the handset.", "content": {provider.reply_type: {"schema": _STRING}}}
    operation = {
        "tags": ["channels"],
        "security": [{"channelToken": []}],
        **provider.operation,
        "responses": {"200": reply, **openapi.phrases(400, 401, 403, 413, 429, 503, 507)},
    }
    name = "".join(word.capitalize() for word in (provider.name, *provider.channel.split("-")))
    operations = {
        method.lower(): {**operation, "operationId": f"{method.lower()}{name}"} for method in provider.methods
    }
    if (get := operations.get("get")) is not None and get.pop("requestBody", None):
        # Without a body, the words can be nowhere else.
        get["parameters"] = [{**each, "required": each["name"] == "text"} for each in get["parameters"]]
    return operations


OPEN311_POST = Documented(
    operation_id="postServiceRequest",
    tags=["open311"],
    status_code=200,
    response_model=None,
    responses={
        **_open311(200, _list_of("ServiceRequestReceipt")),
        **_open311_errors(400, 403, 404, 413, 415, 429, 503, 507),
    },
    openapi_extra={
        "parameters": [_FORMAT, PARAMETER],
        "requestBody": {
            "required": True,
            "description": "A form; as multipart it may have files: photos, up to eight of 5 MiB, whatever their name.",
            "content": {kind: {"schema": {"$ref": "#/components/schemas/ServiceRequestForm"}} for kind in forms.TYPES},
        },
    },
)

OPEN311_TOKEN = Documented(
    operation_id="getServiceRequestIdFromToken",
    tags=["open311"],
    status_code=200,
    response_model=None,
    responses={
        **_open311(200, _list_of("ServiceRequestToken")),
        **_open311_errors(400, 404, 429, 503),
    },
    openapi_extra={
        "parameters": [
            {
                "name": "token",
                "in": "path",
                "required": True,
                "description": "A report's code, as its receipt gives it, or its id.",
                "example": "K7M2P9QA",
                "schema": _STRING,
            },
            _FORMAT,
        ],
    },
)


def install(app: FastAPI, region: Region) -> None:
    """Serve the description at `/openapi.json`."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app, region)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]  # FastAPI's own way of extending it


def _of_models(*models: type[BaseModel]) -> dict[str, Any]:
    """The schemas of these models, and of the enumerations in them."""
    _, document = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    schemas: dict[str, Any] = document["$defs"]
    return schemas


def _drop_unused_errors(document: dict[str, Any]) -> None:
    """FastAPI adds a 422 of its own shape wherever there is a parameter, also where every text is taken."""
    for item in document["paths"].values():
        for operation in item.values():
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        document.get("components", {}).get("schemas", {}).pop(name, None)


def _describe(app: FastAPI, region: Region) -> dict[str, Any]:
    document: dict[str, Any] = get_openapi(title=app.title, version=app.version, routes=app.routes)
    now = datetime.now(UTC)
    report = rest.schema(region, now)
    components = document.setdefault("components", {})
    components["schemas"] = {
        **components.get("schemas", {}),
        **report.pop("$defs"),
        "Filing": report,
        **_of_models(FilingReceipt, *open311_models.ANSWERS),
        "ServiceRequestForm": open311_models.form(region.offered(region.day_of(now))),
    }
    _drop_unused_errors(document)
    document["paths"][many.PATH] = {"post": _FILE_REPORT}
    document["paths"].update({provider.path: _channel(provider) for provider in channels.of(region)})
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "channelToken": {"type": "apiKey", "in": "query", "name": "token"},
    }
    return document
