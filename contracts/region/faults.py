"""What is wrong in a region's folder, each with the file and line where a person finds it."""

from collections.abc import Iterable
from typing import NamedTuple


class FileFault(NamedTuple):
    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class RegionFault(Exception):
    """Every fault of the folder at once, in the order of its files and lines; `str` gives one line for each."""

    def __init__(self, faults: Iterable[FileFault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))
