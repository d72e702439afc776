"""Merges the services' OpenAPI documents into one, with the keys that the table of routes requires."""

import asyncio
import re
import time
from collections.abc import Mapping
from typing import Any, Final

import orjson

from gateway.client.client import Client
from gateway.door.errors import Refused
from gateway.door.routes import Route, find
from gateway.pages.readable import make_readable
from gateway.pages.reference import Group, groups
from kit import openapi

Json = dict[str, Any]

_METHODS: Final = ("get", "head", "post", "put", "patch", "delete")
_KEEP_SECONDS: Final = 60
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")
_TAGS: Final = (
    ("reports", "The open record: every public report, as JSON."),
    ("open311", "Open311 GeoReport v2, in XML and JSON."),
    ("data", "Datasets and their releases, never changed, only withdrawn."),
    ("log", "The transparency log: proofs that nothing changed in silence."),
    ("agencies", "For agencies: take up, answer, hand on and close their reports."),
    ("channels", "For providers: where they deliver messages."),
)
_SECURITY: Final[Json] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key of keys.json"},
    "api_key": {"type": "apiKey", "in": "query", "name": "api_key", "description": "Open311's own way to show a key"},
    "token": {"type": "apiKey", "in": "query", "name": "token", "description": "The token of a provider's channel"},
}


class Descriptions:
    """The merged document, made on request and cached for a minute."""

    def __init__(self, title: str, contact: str, client: Client) -> None:
        self._title, self._contact, self._client = title, contact, client
        self._body, self._merged_at = b"", 0.0
        self._groups: list[Group] = []
        self._made_of = ("", 0.0)

    async def merged(self) -> bytes:
        """Raises `Refused` 503 if a service's document cannot be read."""
        if not self._body or time.monotonic() > self._merged_at + _KEEP_SECONDS:
            services = self._client.services
            answers = await asyncio.gather(*(self._client.call(name, "/openapi.json") for name in services))
            if any(answer.status != 200 for answer in answers):
                raise Refused(503, headers={"retry-after": "2"})
            documents = {name: orjson.loads(answer.body) for name, answer in zip(services, answers, strict=True)}
            self._body, self._merged_at = orjson.dumps(merge(self._title, documents, self._contact)), time.monotonic()
        return self._body

    async def groups(self, base: str) -> list[Group]:
        """What the pages of the reference show. `base`: this server. Raises `Refused` 503 as `merged` does."""
        document = await self.merged()
        made_of = (base, self._merged_at)
        if self._made_of != made_of:
            answer = await self._client.call("publish", "/v1/reports", b"limit=1")
            reports = orjson.loads(answer.body).get("reports") if answer.status == 200 else None
            known = {"id": reports[0]["id"]} if reports else {}
            self._groups, self._made_of = groups(orjson.loads(document), base, known), made_of
        return self._groups


def merge(title: str, documents: Mapping[str, Json], contact: str = "") -> Json:
    """The services' documents as one, without operations that the gateway does not route to the service."""
    paths: Json = {}
    schemas: Json = {}
    for name, document in documents.items():
        document = _without_clashes(document, schemas)
        schemas.update(document.get("components", {}).get("schemas", {}))
        for path, item in document.get("paths", {}).items():
            if operations := _routed(name, path, item):
                paths.setdefault(path, {}).update(operations)
    schemas |= openapi.schemas()
    make_readable(paths, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Pendapa: {title}",
            "version": "1",
            "description": "Every message of a resident, its answer, and the proof. Reading needs no key.",
            "contact": {"name": contact or title},
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": words} for name, words in _TAGS],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": _SECURITY},
    }


def _routed(service: str, path: str, item: Json) -> Json:
    operations: Json = {}
    for method in _METHODS:
        route = find(method.upper(), _PLACEHOLDER.sub("1", path))
        if method in item and isinstance(route, Route) and route.upstream == service:
            operations[method] = _operation(route, path, item[method])
    shared = {name: value for name, value in item.items() if name not in _METHODS}
    return {**shared, **operations} if operations else {}


def _operation(route: Route, path: str, operation: Json) -> Json:
    hidden = ("x-pendapa-", "x-request-id")
    parameters = [each for each in operation.get("parameters", []) if not str(each["name"]).lower().startswith(hidden)]
    operation = {**operation, "tags": [_tag(path)], "parameters": parameters}
    if not parameters:
        del operation["parameters"]
    # An empty list says that no key is needed, as linters want it said.
    operation["security"] = _keys(route, path) if route.callers else []
    return operation


def _keys(route: Route, path: str) -> list[Json]:
    if "channel" in route.callers:
        return [{"token": []}]
    return [{"bearer": []}, {"api_key": []}] if path.startswith("/open311") else [{"bearer": []}]


def _tag(path: str) -> str:
    if path.startswith("/log") or path.endswith("/proof"):
        return "log"
    if path.startswith(("/v1/datasets", "/data", "/catalog", "/resource", "/api/3")):
        return "data"
    first = path.split("/")[1]
    return {"open311": "open311", "agency": "agencies", "channels": "channels"}.get(first, "reports")


def _without_clashes(document: Json, schemas: Json) -> Json:
    """The document, with each schema renamed whose name `schemas` has for another schema."""
    own = document.get("components", {}).get("schemas", {})
    clashes = {name for name, schema in own.items() if name in schemas and schemas[name] != schema}
    if not clashes:
        return document
    prefix = str(document["info"]["title"]).title().replace(" ", "")
    text = orjson.dumps(document)
    for name in clashes:
        old, new = (f'"#/components/schemas/{each}"'.encode() for each in (name, prefix + name))
        text = text.replace(old, new)
    renamed: Json = orjson.loads(text)
    schemas = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {prefix + name if name in clashes else name: schemas[name] for name in schemas}
    return renamed
