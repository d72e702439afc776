"""Texts that make a backtracking expression slow, made from the expression itself: a part of it, repeated."""

import importlib
import pkgutil
import re
import re._constants as sre  # type: ignore[import-not-found]  # the standard library's own, without types
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice, product
from types import ModuleType
from typing import Any

PACKAGES = ("contracts", "kit", "services", "gateway", "pendapa")
_TRIES = 3
_CATEGORIES = {
    sre.CATEGORY_DIGIT: "1",
    sre.CATEGORY_NOT_DIGIT: "a",
    sre.CATEGORY_SPACE: " ",
    sre.CATEGORY_NOT_SPACE: "a",
    sre.CATEGORY_WORD: "a",
    sre.CATEGORY_NOT_WORD: " ",
}
_ANYWHERE = ("a", "1", " ", "+", "(", "-", ".", "@", "\n", "\u200b")


def modules() -> Iterator[ModuleType]:
    """Every module of the code except migrations, workers' starts and what only the terminal runs."""
    for package in map(importlib.import_module, PACKAGES):
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in found.name and not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def expressions() -> dict[str, re.Pattern[Any]]:
    """Every compiled expression that a module holds by a name, or within a tuple, list, dict or record."""
    found: dict[str, re.Pattern[Any]] = {}
    for module in modules():
        for name, value in vars(module).items():
            for pattern in _patterns(value, 4):
                found.setdefault(f"{module.__name__}.{name}: {pattern.pattern!r:.60}", pattern)
    return found


def _patterns(value: object, depth: int) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, str | bytes | type) or depth == 0:
        return
    elif isinstance(value, dict):
        for each in value.values():
            yield from _patterns(each, depth - 1)
    elif isinstance(value, Sequence | frozenset | set):
        for each in value:
            yield from _patterns(each, depth - 1)
    elif hasattr(value, "__dataclass_fields__"):
        for field in value.__dataclass_fields__:
            yield from _patterns(getattr(value, field), depth - 1)


def texts(pattern: re.Pattern[Any]) -> Iterator[Callable[[int], str]]:
    """Makers of texts of a length: what fits a part, repeated, behind what fits the whole; nothing fits their end."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    # An expression for bytes is read as one for text, with the same meaning for the bytes of ASCII.
    tree = parser.parse(source, pattern.flags if isinstance(pattern.pattern, str) else pattern.flags | re.ASCII)
    for pump in dict.fromkeys((*_ANYWHERE, *_pumps(tree))):
        for head in dict.fromkeys(("", *islice(_fitting(tree), _TRIES))):
            yield partial(_row, head, pump)


def _row(head: str, pump: str, length: int) -> str:
    return head + (pump * (length // len(pump) + 1))[: max(1, length - len(head))] + "\0"


def _pumps(tree: Any) -> Iterator[str]:
    """What fits each part that repeats, each row of parts, and these with a character between."""
    for operation, argument in tree:
        for inner in _inside(operation, argument):
            fitting = [text for text in islice(_fitting(inner), 24) if text]
            yield from fitting
            yield from (text + more for text, more in product(fitting[:2], ("a", " ", "(", "+", "-")))
            yield from _pumps(inner)
    yield from (text for text in islice(_fitting(tree), _TRIES) if text)


def _inside(operation: Any, argument: Any) -> list[Any]:
    if operation in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return [argument[2]]
    if operation is sre.SUBPATTERN:
        return [argument[3]]
    if operation is sre.ATOMIC_GROUP:
        return [argument]
    if operation is sre.BRANCH:
        return list(argument[1][:12])
    if operation in (sre.ASSERT, sre.ASSERT_NOT):
        return [argument[1]]
    return []


def _fitting(tree: Any) -> Iterator[str]:
    """Some texts that fit a part: one of each alternative, each repetition done once, twice and as often as it may."""
    parts = [list(islice(_one(operation, argument), 24)) or [""] for operation, argument in tree]
    if not parts:
        yield ""
        return
    longest = max(map(len, parts))
    for i in range(longest):
        yield "".join(part[min(i, len(part) - 1)] for part in parts)


def _one(operation: Any, argument: Any) -> Iterator[str]:
    if operation is sre.LITERAL:
        yield chr(argument)
    elif operation in (sre.ANY, sre.NOT_LITERAL):
        yield from ("a", "b", " ")
    elif operation is sre.IN:
        yield from _of_class(argument)
    elif operation in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        low, high, inner = argument
        for text in _fitting(inner):
            yield from (text * times for times in (max(low, 1), min(high, max(low, 2))))
        if low == 0:
            yield ""
    elif operation is sre.GROUPREF or operation in (sre.ASSERT, sre.ASSERT_NOT, sre.AT):
        yield ""
    else:
        for inner in _inside(operation, argument):
            yield from _fitting(inner)


def _of_class(members: Any) -> Iterator[str]:
    negated = bool(members) and members[0][0] is sre.NEGATE
    if negated:
        refused = "".join(_of_class(members[1:]))
        yield from (each for each in ("a", " ", "1", "-", "~") if each not in refused)
        return
    for operation, argument in members:
        if operation is sre.LITERAL:
            yield chr(argument)
        elif operation is sre.RANGE:
            yield from (chr(argument[0]), chr(argument[1]))
        elif operation is sre.CATEGORY:
            yield _CATEGORIES.get(argument, "a")
