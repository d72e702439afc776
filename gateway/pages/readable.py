"""Writes an OpenAPI document so that the generators of clients read it: what they misread is said in another way.

None of this changes what is allowed. Measured with openapi-generator (Python, Go, Java, TypeScript),
openapi-python-client and openapi-typescript; docs/decisions/0036 lists what each of them misread.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

Json = dict[str, Any]

_METHODS: Final = ("get", "head", "post", "put", "patch", "delete")
_NULL: Final = {"type": "null"}
_WIDEST: Final = 2**31 - 1
_REF: Final = "#/components/schemas/"
_LISTS: Final = ("anyOf", "oneOf", "allOf")


def make_readable(paths: Json, schemas: Json) -> None:
    """Rewrite the operations and schemas of a document in place."""
    sent = _sent(paths, schemas)
    for lists in [name for name, schema in schemas.items() if "enum" in schema]:
        _inline(lists, schemas.pop(lists), [paths, schemas])
    for name, schema in schemas.items():
        schemas[name] = _schema(schema, sent=name in sent)
    for operation in operations(paths):
        _operation(operation, schemas)
        for callback in operation.get("callbacks", {}).values():
            for called in operations(callback):
                called["security"] = []
                _operation(called, schemas)


def _inline(name: str, listed: Json, parts: object) -> None:
    """Put a list of values wherever a part refers to it: Go's constants of two lists may not have one name."""
    if isinstance(parts, dict):
        if parts.get("$ref") == _REF + name:
            del parts["$ref"]
            parts |= {key: value for key, value in listed.items() if key not in parts}
        parts = list(parts.values())
    if isinstance(parts, list):
        for part in parts:
            _inline(name, listed, part)


def operations(paths: Json) -> Iterable[Json]:
    """Every operation of some paths, in order."""
    return (item[method] for item in paths.values() for method in _METHODS if method in item)


def _operation(operation: Json, schemas: Json) -> None:
    if operation["summary"].istitle():  # FastAPI's, of the function's name
        operation["summary"] = operation["summary"].capitalize()
    operation.setdefault("description", operation["summary"])
    operation["parameters"] = [_parameter(each) for each in operation.get("parameters", [])]
    if not operation["parameters"]:
        del operation["parameters"]
    for media in _media(operation.get("requestBody", {})):
        media["schema"] = _schema(media["schema"], sent=True)
    for status, answer in operation["responses"].items():
        if answer["description"] == "Successful Response":
            answer["description"] = _meaning(status, answer, schemas)
        for media in _media(answer):
            media["schema"] = _schema(media["schema"], sent=False)


def _meaning(status: str, answer: Json, schemas: Json) -> str:
    """The meaning of an answer that only its schema describes."""
    names = [name for media in _media(answer) for name in _names(media["schema"])]
    words = str(schemas[names[0]].get("description", "")) if names else ""
    return words.split("\n")[0] or HTTPStatus(int(status)).phrase


def _media(holder: Json) -> list[Json]:
    return [each for each in holder.get("content", {}).values() if "schema" in each]


def _parameter(parameter: Json) -> Json:
    """A parameter of one type: in a URL there is no null."""
    schema = _schema(parameter["schema"], sent=True)
    if isinstance(schema.get("type"), list):
        schema["type"] = next(kind for kind in schema["type"] if kind != "null")
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    for kind in _LISTS:
        if others := [each for each in schema.get(kind, []) if each != _NULL]:
            schema = {name: value for name, value in schema.items() if name != kind} | others[0]
    about = schema.pop("description", None)
    described = {"description": parameter.get("description") or about}
    if len(str(about or "")) > len(str(described["description"] or "")):
        described = {"description": about}
    if schema.get("examples"):
        described["example"] = schema.pop("examples")[0]
    return {**parameter, **{name: value for name, value in described.items() if value is not None}, "schema": schema}


def _schema(schema: Any, *, sent: bool) -> Any:
    """The schema without titles and, of what is sent, without defaults, which generators take for required values."""
    if not isinstance(schema, dict):
        return schema
    schema = {name: _inner(name, value, sent=sent) for name, value in schema.items() if name != "title"}
    if sent and (default := schema.pop("default", None)) not in (None, [], {}):
        said = str(default).lower() if isinstance(default, bool) else str(default)
        schema["description"] = f"{schema.get('description', '')} Without it: {said}.".strip()
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    return _sized(_null_as_type(schema))


def _sized(schema: Json) -> Json:
    """With the size of its numbers: without it some generators take 32 bits, and meters or gigabytes are lost."""
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "number" in kinds:
        return {**schema, "format": "double"}
    if "integer" not in kinds:
        return schema
    bounds: Json = {name: int(schema[name]) for name in ("minimum", "maximum") if name in schema}
    small = bounds.get("maximum", _WIDEST + 1) <= _WIDEST
    return {**schema, **bounds, "format": "int32" if small else "int64"}


def _inner(name: str, value: Any, *, sent: bool) -> Any:
    """The value of a schema's keyword, with every schema in it rewritten."""
    if name in ("properties", "patternProperties"):
        return {key: _schema(each, sent=sent) for key, each in value.items()}
    if name in ("items", "additionalProperties"):
        return _schema(value, sent=sent)
    return [_schema(each, sent=sent) for each in value] if name in _LISTS else value


def _null_as_type(schema: Json) -> Json:
    """`anyOf` of a plain type and null, as one schema with two types."""
    choices = schema.get("anyOf", [])
    others = [each for each in choices if each != _NULL]
    if len(choices) != 2 or len(others) != 1 or not isinstance(others[0].get("type"), str):
        return schema
    beside = {name: value for name, value in schema.items() if name != "anyOf"}
    merged = {**others[0], **beside, "type": [others[0]["type"], "null"]}
    if "enum" in merged and None not in merged["enum"]:
        merged["enum"] = [*merged["enum"], None]
    return merged


def _sent(paths: Json, schemas: Json) -> set[str]:
    """The names of the schemas that requests are made of."""
    names: set[str] = set()
    waiting = [name for operation in operations(paths) for name in _names(operation.get("requestBody", {}))]
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            waiting += _names(schemas.get(name, {}))
    return names


def _names(part: object) -> list[str]:
    """The schemas that a part of the document refers to."""
    if isinstance(part, Mapping):
        own = [part["$ref"].removeprefix(_REF)] if isinstance(part.get("$ref"), str) else []
        return own + [name for each in part.values() for name in _names(each)]
    return [name for each in part for name in _names(each)] if isinstance(part, list) else []
