"""Which columns of a map took their default in a row: nobody chose that value."""

from collections.abc import Mapping
from typing import NamedTuple

from pendapa.importmap import ImportMap, MapColumn


class DefaultTaken(NamedTuple):
    """A member of a report that took the map's default, because the map does not name the row's own value."""

    member: str
    default: str
    value: str


def defaults_taken(mapping: ImportMap, cells: Mapping[str, str]) -> list[DefaultTaken]:
    """The defaults of the map that this row takes."""
    taken = []
    for member in type(mapping).model_fields:
        column = getattr(mapping, member)
        if isinstance(column, MapColumn) and column.default is not None:
            value = cells.get(column.column, "").strip()
            # A value that is the default itself was chosen by whoever filled in the table.
            if value not in {*column.values, column.default} and column.read(cells) == column.default:
                taken.append(DefaultTaken(member, column.default, value))
    return taken


def is_unsure(mapping: ImportMap, cells: Mapping[str, str]) -> bool:
    """Whether the row's category is the map's default: the desk then decides it."""
    return any(taken.member == "category" for taken in defaults_taken(mapping, cells))
