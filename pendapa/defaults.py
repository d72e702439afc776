"""Which columns of a map took their default in a row: nobody chose that value."""

from collections.abc import Mapping
from typing import NamedTuple

from pendapa.importmap import ImportMap, RowFault
from pendapa.mapcolumns import Cells, Flag, MapColumn

Body = Mapping[str, object]
"""What `ImportMap.report` makes of a row."""


class DefaultTaken(NamedTuple):
    """A member of a report that took the map's default, because the map does not name the row's own value."""

    member: str
    default: str
    value: str


def defaults_taken(mapping: ImportMap, cells: Cells, body: Body) -> list[DefaultTaken]:
    """The defaults of the map that this row takes."""
    taken = []
    for member in type(mapping).model_fields:
        column = getattr(mapping, member)
        if isinstance(column, MapColumn) and _is_default(column, cells, body.get(member)):
            taken.append(DefaultTaken(member, str(column.default), cells[column.column].strip()))
        if isinstance(column, Flag) and _is_flag_default(column, cells, member):
            taken.append(DefaultTaken(member, str(column.default).lower(), cells[column.column].strip()))
    return taken


def left_out(mapping: ImportMap, cells: Cells, body: Body) -> list[tuple[str, str]]:
    """Each member that the row lacks, though its cell says something, because `default: ""` leaves it out."""
    columns = ((member, getattr(mapping, member)) for member in type(mapping).model_fields)
    return [
        (member, value)
        for member, column in columns
        if isinstance(column, MapColumn) and column.default == "" and member not in body
        if (value := cells[column.column].strip()) and value not in column.values
    ]


def is_unsure(mapping: ImportMap, cells: Cells, body: Body) -> bool:
    """Whether the row's category is the map's default: the desk then decides it."""
    return mapping.category is not None and _is_default(mapping.category, cells, body.get("category"))


def _is_default(column: MapColumn, cells: Cells, member: object) -> bool:
    """A value that is the default itself was chosen by whoever filled in the table."""
    said = member.get("text") if isinstance(member, dict) else member  # of a response, its words
    value = cells[column.column].strip()
    return bool(column.default) and said == column.default and value not in {*column.values, column.default}


def _is_flag_default(flag: Flag, cells: Cells, member: str) -> bool:
    if flag.default is None:
        return False
    try:
        return flag.model_copy(update={"default": None}).read(cells, member) is None
    except RowFault:
        return True
