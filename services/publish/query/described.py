"""How OpenAPI describes parameters."""

from collections.abc import Sequence
from typing import Any

REPORT_ID = "0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10"
"""An example of a report's id."""
_DAY = (
    r"((19|2[0-9])[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|"
    r"02-(0[1-9]|1[0-9]|2[0-8]))|((19|2[0-9])(0[48]|[2468][048]|[13579][26])|2[048]00)-02-29)"
)
_CLOCK = r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?"
TIME: dict[str, Any] = {"type": "string", "pattern": f"^{_DAY}({_CLOCK})?$"}
"""The schema of a time in a query: a day, or a time with or without an offset; no single format has them all."""
A_TIME = "2026-11-24T00:00:00Z"
"""An example of one."""


def parameter(
    name: str, description: str, example: object, *, where: str = "query", required: bool = False, **schema: Any
) -> dict[str, Any]:
    """One parameter of a route, as OpenAPI describes it. An empty value in a query means that it is absent."""
    return {
        "name": name,
        "in": where,
        "required": required,
        "description": description,
        "example": example,
        "schema": schema or {"type": "string"},
    }


def several(
    name: str, description: str, known: Sequence[str] = (), *, example: str = "", **schema: object
) -> dict[str, Any]:
    """A parameter that finds what has any of its values: of the `known` ones, or of those of a schema."""
    about = f"{description} Several values find what has any of them: repeat the parameter, or put commas between."
    items = {"type": "string", **({"enum": list(known)} if known else {}), **schema}
    array = parameter(name, about, [example or known[0]], type="array", items=items)
    return {**array, "style": "form", "explode": True}
