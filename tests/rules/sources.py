"""The product's own modules, as syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("contracts", "kit", "services", "gateway", "pendapa")


@cache
def modules(*rooms: str) -> dict[str, ast.Module]:
    """Each module of these rooms by its path; without migrations, which are scripts of one day."""
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text()) for file in _files(rooms or ROOMS)}


def _files(rooms: tuple[str, ...]) -> Iterator[Path]:
    for room in rooms:
        yield from (file for file in sorted((ROOT / room).rglob("*.py")) if "migrations" not in file.parts)
