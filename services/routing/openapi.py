"""Adds the region's agencies, categories and places to routing's OpenAPI document."""

from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.routing.actions import ACTS
from services.routing.rules import Rules
from services.routing.views import PATH


def install(app: FastAPI, rules: Rules) -> None:
    """Make `/openapi.json` list the names that the fields of an act allow."""

    def describe() -> dict[str, Any]:
        # Never cached: the list of agencies depends on the day.
        document = get_openapi(
            title=app.title, version=app.version, routes=app.routes, separate_input_output_schemas=False
        )
        # Publish describes the same place, with every member of it; the gateway puts that in.
        document["components"]["schemas"].pop("Place", None)
        names = _names(rules, datetime.now(UTC))
        for path in (PATH, f"{PATH}/counts"):
            for each in document["paths"][path]["get"]["parameters"]:
                _describe_parameter(each, names)
        for act in ACTS:
            properties = document["components"]["schemas"].get(act.body.__name__, {}).get("properties", {})
            for name in names.keys() & properties.keys():
                first, *_ = properties[name].get("anyOf", [properties[name]])  # the second choice is null
                first |= {"enum": names[name]}
        return document

    app.openapi = describe  # type: ignore[method-assign]  # FastAPI's own way of extending it


def _describe_parameter(parameter: dict[str, Any], names: dict[str, list[str]]) -> None:
    """List the allowed names, and leave out that it may be null: a query has no null."""
    schema = parameter["schema"]
    if "anyOf" in schema:
        schema |= schema.pop("anyOf")[0]
    if parameter["name"] in names:
        schema["items"] |= {"enum": names[parameter["name"]]}


def _names(rules: Rules, now: datetime) -> dict[str, list[str]]:
    region = rules.region
    return {
        "agency": [id for id in region.agencies if rules.exists(id, now)],
        "category": region.offered(region.day_of(now)),
        "place": list(region.places),
    }
