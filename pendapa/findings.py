"""What the check of a release finds: faults with their places, and what was counted on the way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pendapa.same_rows import Same, Unlike
from services.publish.checkpoint import Head
from services.publish.export import Value


class Fault(NamedTuple):
    """What is wrong, and where; `report` and `line` (from 1) where it is one row."""

    file: str
    what: str
    line: int | None = None
    report: str | None = None

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}{f', report {self.report}' if self.report else ''}: {self.what}"


@dataclass
class Verified:
    """What was found; the release holds if there is no fault."""

    faults: list[Fault] = field(default_factory=list)
    head: Head | None = None
    reports: int = 0
    facts: int = 0
    erased: int = 0
    hidden: int = 0

    def fault(self, file: str, what: str, line: int | None = None, report: str | None = None) -> None:
        self.faults.append(Fault(file, what, line, report))


def compare(same: Same, rows: Sequence[Sequence[Value]], reports: Sequence[str], found: Verified) -> None:
    """Hold the file's next rows against `rows`, which are about `reports`."""
    if any(fault.file == same.name for fault in found.faults):
        return  # once out of step, every further row would seem changed
    try:
        same.follow(rows)
    except Unlike as unlike:
        report = reports[unlike.row] if unlike.row is not None else None
        found.fault(same.name, str(unlike), unlike.line, report or None)


def end(same: Same, found: Verified) -> None:
    """The file must have no more rows."""
    if any(fault.file == same.name for fault in found.faults):
        return
    try:
        same.end()
    except Unlike as unlike:
        found.fault(same.name, str(unlike), unlike.line)


def report_of(line: bytes) -> str | None:
    """The report that a line is about, as far as can be told of a line that was changed."""
    match = re.search(rb'"id":"([^"]{1,64})"', line)
    return match[1].decode(errors="replace") if match else None


def said(error: Exception) -> str:
    """What an error of reading a line means."""
    return str(error) if isinstance(error, ValueError) else "it has not the members that it must have"
