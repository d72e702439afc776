"""Reads the merged OpenAPI document into what the pages under /docs show: groups of operations, and their shapes."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from gateway.pages.examples import FORM, Example, ExampleRequest, address, written

Json = dict[str, Any]
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_REF: Final = "#/components/schemas/"
_SHOWN: Final = 12
"""Values of a list that are shown; the rest is counted."""
_BOUNDS: Final = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
}


class Member(NamedTuple):
    """A parameter of an operation, or a member of a body or an answer."""

    name: str
    where: str
    """path or query; empty of a member."""
    type: str
    shape: str
    """The name of the shape that it has; empty if its type says all."""
    required: bool
    description: str
    bounds: str
    values: str
    example: str


class Shape(NamedTuple):
    """A named object."""

    name: str
    description: str
    members: tuple[Member, ...]


class ShownAnswer(NamedTuple):
    """An answer with its shape, or the media type of one that has none."""

    status: str
    description: str
    type: str
    shape: str


class Operation(NamedTuple):
    """One method of one path."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    key: str
    """Whose key it needs; empty: nobody's."""
    parameters: tuple[Member, ...]
    body: str
    """The name of the body's shape; empty without one."""
    answers: tuple[ShownAnswer, ...]
    examples: tuple[Example, ...]


class Group(NamedTuple):
    """The operations of one tag, and every shape that they name."""

    name: str
    description: str
    operations: tuple[Operation, ...]
    shapes: tuple[Shape, ...]


_KEYS: Final = {
    "reports": "the filing or the official key",
    "open311": "the filing or the official key",
    "data": "the official key",
    "agencies": "an agency's key, or the official key",
    "channels": "the token of the channel, in the query",
}


def groups(document: Json, base: str, known: Mapping[str, object]) -> list[Group]:
    """The groups, in the document's order. `base`: this server; `known`: parameters of examples, such as a real id."""
    return [_group(document, tag, base, known) for tag in document["tags"]]


def _group(document: Json, tag: Json, base: str, known: Mapping[str, object]) -> Group:
    schemas: Json = document["components"]["schemas"]
    operations = tuple(
        _operation(path, method, item[method], schemas, base, known)
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item and tag["name"] in item[method]["tags"]
    )
    named = [name for each in operations for name in (each.body, *(answer.shape for answer in each.answers)) if name]
    shapes = tuple(_shape(name, schemas[name]) for name in sorted(_reached(named, schemas)))
    return Group(tag["name"], tag["description"], operations, shapes)


def _operation(
    path: str, method: str, operation: Json, schemas: Json, base: str, known: Mapping[str, object]
) -> Operation:
    asked = operation.get("parameters", [])
    media, sent = _content(operation.get("requestBody", {}))
    body = _name(sent)
    known = known if "/reports/{id}" in path else {}
    values = {each["name"]: known.get(each["name"], each.get("example", "1")) for each in asked if each["in"] == "path"}
    query = {
        each["name"]: each.get("example", "")
        for each in asked
        if each["in"] == "query" and (each["required"] or each["name"] == "limit")
    }
    content = sample(schemas[body], schemas) if body else None
    request = ExampleRequest(
        method.upper(), address(base, path, values, query), bool(operation["security"]), content, media == FORM
    )
    return Operation(
        operation["operationId"],
        method.upper(),
        path,
        operation["summary"].rstrip("."),
        operation["description"],
        _KEYS.get(operation["tags"][0], "a key") if operation["security"] else "",
        tuple(_member(each["name"], each["schema"], each["required"], each) for each in asked),
        body,
        tuple(_answers(operation["responses"])),
        () if operation["tags"] == ["channels"] else written(request),
    )


def _answers(responses: Json) -> Iterator[ShownAnswer]:
    for status, answer in responses.items():
        media, schema = _content(answer)
        shape = _name(schema) or _name(schema.get("items", {}))
        words = f"list of {shape}" if schema.get("type") == "array" else shape or media
        yield ShownAnswer(status, answer["description"], words, shape)


def _content(holder: Json) -> tuple[str, Json]:
    """The first media type of a body or an answer, and its schema; both empty if it has none."""
    for media, content in holder.get("content", {}).items():
        return media, content.get("schema", {})
    return "", {}


def _shape(name: str, schema: Json) -> Shape:
    required = schema.get("required", [])
    members = tuple(_member(key, each, key in required, {}) for key, each in schema.get("properties", {}).items())
    return Shape(name, schema.get("description", ""), members)


def _member(name: str, schema: Json, required: bool, parameter: Json) -> Member:
    inner = schema.get("items", schema)
    values = [str(value) for value in inner.get("enum", []) if value is not None]
    more = f" … and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    example = parameter.get("example", next(iter(schema.get("examples", [])), ""))
    return Member(
        name=name,
        where=parameter.get("in", ""),
        type=_type(schema),
        shape=_name(schema) or _name(schema.get("items", {})),
        required=required,
        description=parameter.get("description") or schema.get("description", ""),
        bounds=", ".join(words.format(schema[key]) for key, words in _BOUNDS.items() if key in schema),
        values=", ".join(values[:_SHOWN]) + more,
        example="" if values or example == "" else str(example),
    )


def _type(schema: Json) -> str:
    """The type in words.

    >>> _type({"type": ["string", "null"], "format": "date-time"})
    'date-time or null'
    """
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if name := _name(schema):
        return name
    kinds = schema.get("type", "any")
    words = [str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])]
    if words[0] == "array":
        words[0] = f"list of {_type(schema.get('items', {}))}"
    elif schema.get("format") not in (None, "int32", "int64", "double"):
        words[0] = schema["format"]
    return " or ".join(words)


def _name(schema: Json) -> str:
    """The shape that a schema names, if need be beside null."""
    if isinstance(ref := schema.get("$ref"), str):
        return ref.removeprefix(_REF)
    return next((name for each in schema.get("anyOf", []) if (name := _name(each))), "")


def _reached(names: list[str], schemas: Json) -> set[str]:
    """These shapes, and all that they are made of."""
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            members = schemas[name].get("properties", {}).values()
            inner = [_name(each) or _name(each.get("items", {})) for each in members]
            waiting += [each for each in inner if each]
    return reached


def sample(schema: Json, schemas: Json) -> dict[str, object]:
    """A body that is valid: the schema's own example, or its required members."""
    if schema.get("examples"):
        return dict(schema["examples"][0])
    members = schema.get("properties", {})
    return {name: _value(members[name], schemas) for name in schema.get("required", [])}


def _value(schema: Json, schemas: Json) -> object:
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if name := _name(schema):
        return sample(schemas[name], schemas)
    return {"boolean": True, "integer": 1, "number": 1.5, "array": []}.get(str(schema.get("type")), "…")
