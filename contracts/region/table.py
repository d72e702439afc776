"""A file of a region that lists things, each with an id, such as its agencies."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel

from contracts.region.read import RegionFile

M = TypeVar("M", bound=BaseModel)


@dataclass
class Table(Generic[M]):
    """The things that one file lists, by their ids.

    `line`: the line of each id, also of rows that could not be read: another file may name these ids without a fault.
    """

    source: RegionFile
    of: dict[str, M] = field(default_factory=dict)
    line: dict[str, int] = field(default_factory=dict)
    nth: dict[str, int] = field(default_factory=dict)
    """Where in the file's list, from 0."""

    def add(self, key: str, line: int, shape: M | None) -> None:
        if key in self.line:
            self.source.fault(line, f"{key!r} already stands on line {self.line[key]}")
            return
        self.line[key] = line
        if shape is not None:
            self.of[key] = shape

    def lacks(self, key: str) -> bool:
        """Whether the file was readable and has no such id; an empty table proves nothing about others."""
        return bool(self.line) and key not in self.line
