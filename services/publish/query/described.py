"""How OpenAPI describes parameters."""

from collections.abc import Sequence
from typing import Any

TIME: dict[str, Any] = {
    "type": "string",
    "anyOf": [
        *({"format": kind, "pattern": r"^(19|2\d)\d\d-"} for kind in ("date-time", "date")),
        {"maxLength": 0},
    ],
}
"""The schema of a time in a query; it may be empty."""


def parameter(
    name: str, description: str, *, where: str = "query", required: bool = False, **schema: Any
) -> dict[str, Any]:
    """One parameter of a route, as OpenAPI describes it."""
    schema = schema or {"type": "string"}
    if where == "query" and not required:  # an empty value means no value
        if "enum" in schema:
            schema = {**schema, "enum": [*schema["enum"], ""]}
        elif schema["type"] == "integer":
            schema = {"anyOf": [schema, {"type": "string", "maxLength": 0}]}
    return {"name": name, "in": where, "required": required, "description": description, "schema": schema}


def several(name: str, description: str, known: Sequence[str]) -> dict[str, Any]:
    """A parameter that finds what has any of its values."""
    about = f"{description} Several values find what has any of them: repeat the parameter, or put commas between."
    items = {"type": "string", "enum": [*known, ""]}  # an empty value means no value
    schema: dict[str, Any] = {"type": "array", "items": items}
    return {**parameter(name, about, **schema), "style": "form", "explode": True, "example": list(known[:2])}
