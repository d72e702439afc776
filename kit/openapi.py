"""What the services' OpenAPI documents share: names of operations, and the schema of an error.

Every field, parameter and answer is described where it is declared: `Field(description=…, examples=[…])`, a docstring
under a member (`DESCRIBED`), `described.parameter`, or in publish the `says` of a field.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import pairwise
from typing import Any, Final

from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field


def _describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Add the docstrings under the members of a model, and of those that it is made of, to its schema."""
    members = schema.get("properties", {})
    for each in model.__mro__:
        described = _docstrings(each) if issubclass(each, BaseModel) and each is not BaseModel else ()
        for name, words in described:
            field = model.model_fields.get(name)
            member = members.get(field.alias or name) if field else None
            if member is not None:
                member.setdefault("description", words)


def _docstrings(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    body = next(each.body for each in tree.body if isinstance(each, ast.ClassDef))
    for member, words in pairwise(body):
        match member, words:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)


DESCRIBED: Final = ConfigDict(json_schema_extra=_describe)
"""For a model whose members are described by the docstrings under them.

They are read when a document is made: pydantic's own `use_attribute_docstrings` reads them at each start (0.15 s).
"""

PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
"""The content of an answer that is an error; the gateway adds the schema."""
OPEN311_ERRORS: Final = {
    "application/json": {
        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Open311Error"}, "minItems": 1}
    },
    "text/xml": {"schema": {"type": "string"}},
}
"""The same of an error under /open311."""


class FaultyMember(BaseModel):
    """One member of a body that is not valid."""

    pointer: str = Field(description="A JSON pointer (RFC 6901) to the member.", examples=["/contact/phone"])
    detail: str = Field(description="What is wrong with it.", examples=["This is no phone number"])


class ProblemDetails(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(
        description="The kind of error, as a path on this server, which explains it.",
        examples=["/problems/invalid-request"],
    )
    title: str = Field(description="The kind of error in words.", examples=["The request is not valid"])
    status: int = Field(description="The HTTP status.", ge=400, le=599, examples=[422])
    instance: str = Field(description="The path of the request.", examples=["/v1/reports"])
    detail: str | None = Field(description="What is wrong with this request.", examples=["The body must be JSON"])
    errors: list[FaultyMember] | None = Field(description="Each member of the body that is not valid.")


class Open311Error(BaseModel):
    """An error in the shape of GeoReport v2."""

    code: int = Field(description="The HTTP status.", ge=400, le=599, examples=[400])
    description: str = Field(description="What is wrong.", examples=["lat, long: given together"])


def schemas() -> dict[str, Any]:
    """The schemas that `PROBLEM` and `OPEN311_ERRORS` refer to."""
    problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    fault = problem.pop("$defs")["FaultyMember"]
    for name in ("detail", "errors"):  # absent, not null
        problem["properties"][name] |= problem["properties"][name].pop("anyOf")[0]
    problem["required"] = ["type", "title", "status", "instance"]
    return {"Problem": problem, "FaultyMember": fault, "Open311Error": Open311Error.model_json_schema()}


def errors(meanings: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """Documented problem documents: the meaning of each status."""
    return {status: {"description": meaning, "content": PROBLEM} for status, meaning in meanings.items()}


def phrases(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Documented problem documents whose statuses say enough."""
    return errors({status: MEANINGS.get(status, HTTPStatus(status).phrase) for status in statuses})


MEANINGS: Final[Mapping[int, str]] = {
    400: "The body cannot be read, or a parameter is not valid.",
    401: "The request has no key.",
    403: "The key is not for this.",
    404: "There is no such thing, or it is not public.",
    409: "The state of things does not allow this; `type` tells why.",
    410: "It was here, and is gone.",
    413: "The body is too large.",
    415: "The body has another media type than those described.",
    422: "The request can be read, but is not valid; `errors` names each member.",
    429: "Too many requests at once: try again later.",
    503: "Not possible at the moment: try again after `Retry-After` seconds.",
    507: "The server has no space left; nothing of the request was kept.",
}


def operation_id(route: APIRoute) -> str:
    """The name of an operation in generated clients: that of its function, in camel case."""
    return camel(route.name)


def camel(name: str) -> str:
    """
    >>> camel("list_reports")
    'listReports'
    """
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
