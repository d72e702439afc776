"""Since which version of the record the answers to a filter are the same (see `record.touches`, which notes it)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from kit.db import Reader

COLUMNS = ("agency", "category", "status", "place_code", "kecamatan_code")
"""The columns of `record` whose filters are known by what changes touch."""
_MOST = 32
"""Values that are looked up for a filter; of a filter with more, every change counts."""
_STATE = "SELECT epoch, version, touched_from, touched_to{last} FROM log_state WHERE id = 1"
_LAST = ", (SELECT max(version) FROM touched WHERE value IN ({names}))"

Wanted = Mapping[str, Sequence[str]]
"""Of each column, the values any of which is asked for; without a column, every record is."""


class Since(NamedTuple):
    """How old an answer may be and still be what it would be now."""

    version: int
    epoch: str | None
    """Null before anything was published."""


def value(column: str, of: str) -> str:
    """How a value of a column is noted."""
    return f"{column}={of}"


def both(agency: str, status: str) -> str:
    """How an agency and a status of one report are noted, which lists are often asked for together."""
    return f"{agency}&{status}"


async def since(reader: Reader, wanted: Wanted) -> Since:
    """The version in which the records with these values changed last, or a later one."""
    values, last = dict[str, object](), ""
    for filter, listed in enumerate(_filters(wanted)):
        named = {f"touched_{filter}_{number}": each for number, each in enumerate(listed)}
        values |= named
        last += _LAST.format(names=", ".join(f":{name}" for name in named))
    rows = await reader.rows(_STATE.format(last=last), values)
    if not rows:
        return Since(0, None)
    epoch, version, known_from, known_to, *touched = rows[0]
    if known_to != version or not touched:  # a process of the version before notes nothing
        return Since(version, epoch)
    return Since(max(known_from, min(each or 0 for each in touched)), epoch)


def _filters(wanted: Wanted) -> Iterator[Sequence[str]]:
    for column, values in wanted.items():
        if len(values) <= _MOST:
            yield [value(column, each) for each in values]
    pairs = list(product(wanted.get("agency", ()), wanted.get("status", ())))
    if 0 < len(pairs) <= _MOST:
        yield [both(*pair) for pair in pairs]
