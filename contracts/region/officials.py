"""The file officials.csv: who acts in office, and may be named in public where a private person may not."""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from contracts.region.read import RegionFile, read_csv

NAME = "officials.csv"
COLUMNS = ("name", "office", "valid_from", "valid_to", "source")
_WORD = re.compile(r"[^\W_]+")


class Official(BaseModel):
    """Somebody in an office, from `valid_from` up to and including `valid_to`; empty: still, or since ever."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    """What else people call them; in the file separated by `|`."""
    office: str = Field(min_length=1)
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = Field(min_length=1)
    """Where it was published: a page's address, or a decree."""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    def acts(self, day: date) -> bool:
        """Whether they are in office on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass
class OfficialTable:
    """The file's rows, each with its line."""

    source: RegionFile
    rows: list[tuple[int, Official]] = field(default_factory=list)

    @property
    def officials(self) -> tuple[Official, ...]:
        return tuple(official for _, official in self.rows)


def read_officials(path: Path) -> OfficialTable:
    """The file; a region need not have it."""
    if not path.exists():
        return OfficialTable(RegionFile(path))
    source, rows = read_csv(path, COLUMNS, ("aliases",))
    table = OfficialTable(source)
    for row in rows:
        aliases = [alias.strip() for alias in row.cells.get("aliases", "").split("|") if alias.strip()]
        official = row.parse(source, Official, aliases=aliases)
        if official is not None:
            table.rows.append((row.line, official))
    return table


def check_officials(table: OfficialTable) -> None:
    """Add a fault for each period that ends before it begins, and each name that stands twice for the same days."""
    seen: dict[str, list[tuple[int, Official]]] = {}
    for line, official in table.rows:
        if official.valid_from and official.valid_to and official.valid_to < official.valid_from:
            period = f"valid_to {official.valid_to} is before valid_from {official.valid_from}"
            table.source.fault(line, f"{official.name!r}: {period}; write a later day")
            continue
        for name in dict.fromkeys(map(name_key, official.names)):
            if not name:
                table.source.fault(
                    line, f"{official.name!r}: a name or an alias has no letters; write it, or leave it out"
                )
                continue
            for other_line, other in seen.get(name, ()):
                if _overlap(official, other):
                    what = f"{name!r} already stands on line {other_line} for the same days"
                    table.source.fault(line, f"{what}; end the earlier row, or keep one")
            seen.setdefault(name, []).append((line, official))


def name_key(name: str) -> str:
    """A name as it is compared: its words in small letters.

    >>> name_key("Anna Mu'awanah, S.H.")
    'anna mu awanah s h'
    """
    return " ".join(_WORD.findall(name.lower()))


def _overlap(one: Official, other: Official) -> bool:
    first, last = date.min, date.max
    return (one.valid_from or first) <= (other.valid_to or last) and (other.valid_from or first) <= (
        one.valid_to or last
    )
