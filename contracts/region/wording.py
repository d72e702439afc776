"""Says in a person's words what is wrong with a value of a region's file, and what to write instead."""

import re
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches

from pydantic import BaseModel
from pydantic_core import ErrorDetails

_EXAMPLES = {
    "bbox": "[111.4, -7.65, 112.2, -6.95]",
    "code": "jalan-rusak",
    "coordinator": "dinkominfo",
    "country": "ID",
    "default_category": "lainnya",
    "emergency": '["112"]',
    "jurisdiction_id": "bojonegorokab.go.id",
    "language": "id",
    "name": "{id: Kabupaten Bojonegoro, en: Bojonegoro Regency}",
    "prefix": "BJN",
    "sms": "{prefix: BJN}",
    "timezone": "Asia/Jakarta",
}
_SLUG = "^[a-z0-9]+(-[a-z0-9]+)*$"
_PATTERNS = {
    _SLUG: "only small letters, digits and single hyphens between them",
    "^[A-Z0-9]{2,10}$": "2 to 10 capital letters or digits; write one such as BJN",
    r"^\+?[0-9]{2,15}$": 'only the digits of a telephone number; write one such as "112"',
    "^[A-Z]{2}$": "a country's two capital letters; write one such as ID",
}
_BY_TYPE = {
    "string_type": "one text is expected; write it without brackets",
    "literal_error": "no such value; write {expected}",
    "string_too_short": "empty; write its value, or take the key away",
    "string_too_long": "too long; write at most {max_length} characters",
    "greater_than_equal": "too small; write {ge:g} or more",
    "less_than_equal": "too large; write {le:g} or less",
}
_KINDS = (
    (("bool",), "write true or false"),
    (("date",), "write a day as 2026-12-24"),
    (("int",), "write a whole number"),
    (("float", "finite"), "write a number with a point, such as -7.15"),
    (("tuple", "list", "set", "frozen_set"), "write a list in brackets"),
    (("dict", "mapping", "model"), "write pairs, such as {name: value}"),
)


def did_you_mean(word: object, known: Iterable[str], where: str) -> str:
    """Advice on an unknown word: the nearest known word, or where the known words are listed."""
    # Of a code of digits, the nearest is another place.
    near = [] if re.search(r"\d", str(word)) else get_close_matches(str(word), list(known), 1)
    return f"did you mean {near[0]!r}?" if near else f"write one that {where} has"


def wording(error: ErrorDetails, model: type[BaseModel], raw: str | None = None) -> str:
    """A pydantic error for a person who edits the file; `raw`: the scalar as the file has it."""
    where = ".".join(_shown(part) for part in error["loc"] if part != "[key]")
    leaf = str(error["loc"][-1]) if error["loc"] else ""
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        return f"unknown key {where!r}; {_known(model, error['loc'])}"
    if kind == "missing":
        example = _EXAMPLES.get(leaf)
        return f"{where!r} is missing" + (f"; write {leaf}: {example}" if example else f"; write {leaf}: and its value")
    if kind == "value_error":
        message = error["msg"].removeprefix("Value error, ")
        return f"{where!r}: {message}" if where else message
    if value is None:
        return f"{where!r} is empty; write its value, or take the key away"
    message = _instead(error, leaf, raw)
    shown = f" (here: {raw or value!r})" if isinstance(value, str | int | float) else ""
    return f"{where!r}: {message}{shown}" if where else f"{message}{shown}"


def _instead(error: ErrorDetails, leaf: str, raw: str | None) -> str:
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "string_type" and isinstance(value, str | int | float | date):
        return f'this is no text to YAML; write it in quotes: "{raw or value}"'
    if kind == "string_pattern_mismatch":
        return _pattern(str(context["pattern"]), str(value))
    if kind in _BY_TYPE:
        return _BY_TYPE[kind].format_map(context)
    example = f", such as {leaf}: {_EXAMPLES[leaf]}" if leaf in _EXAMPLES else ""
    for starts, words in _KINDS:
        if kind.startswith(tuple(f"{start}_" for start in starts)):
            return words + example
    return error["msg"] + example


def _pattern(pattern: str, value: str) -> str:
    slug = re.sub("[^a-z0-9]+", "-", value.lower()).strip("-")
    return _PATTERNS[pattern] + (f"; write {slug}" if pattern == _SLUG and slug else "")


def _shown(part: int | str) -> str:
    """A part of a pydantic location; of a key that is a date, the location has Python's spelling."""
    day = re.fullmatch(r"datetime\.date\((\d+), (\d+), (\d+)\)", str(part))
    return date(*map(int, day.groups())).isoformat() if day else str(part)


def _known(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    """What the unknown key at `loc` may have been meant to be."""
    for part in loc[:-1]:
        field = model.model_fields.get(str(part))
        if field is not None and isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            model = field.annotation
    near = get_close_matches(str(loc[-1]), list(model.model_fields), 1)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(model.model_fields)}"
