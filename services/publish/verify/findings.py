"""The result of checking a release: faults with their files and lines, and counts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.publish.formats.format import Batch, Same, Unlike
from services.publish.log.checkpoint import Head


class ReleaseFault(NamedTuple):
    """A fault and its file; `report` and `line` (from 1) if the fault is of one row."""

    file: str
    what: str
    line: int | None = None
    report: str | None = None

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}{f', report {self.report}' if self.report else ''}: {self.what}"


@dataclass
class Verified:
    """The result of a check; the release is genuine if there is no fault."""

    faults: list[ReleaseFault] = field(default_factory=list)
    head: Head | None = None
    reports: int = 0
    facts: int = 0
    erased: int = 0
    lost: int = 0
    """Of the erased facts: those that were lost when an older copy of the database was brought back."""
    hidden: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    """The rows of each further dataset."""
    unjudged: list[str] = field(default_factory=list)
    """Columns, derivations and files that this version cannot judge, such as those of a later version."""

    def not_judged(self, what: str) -> None:
        if what not in self.unjudged:
            self.unjudged.append(what)

    def fault(self, file: str, what: str, line: int | None = None, report: str | None = None) -> None:
        self.faults.append(ReleaseFault(file, what, line, report))


def compare(same: Same, batch: Batch, reports: Sequence[str], verified: Verified) -> None:
    """Hold the file's next rows against those of the batch, which are about `reports`."""
    if any(fault.file == same.name for fault in verified.faults):
        return  # once out of step, every further row would seem changed
    try:
        same.follow(batch)
    except Unlike as unlike:
        report = reports[unlike.row] if unlike.row is not None else None
        verified.fault(same.name, str(unlike), unlike.line, report or None)


def end(same: Same, verified: Verified) -> None:
    """The file must have no more rows."""
    if any(fault.file == same.name for fault in verified.faults):
        return
    try:
        same.end()
    except Unlike as unlike:
        verified.fault(same.name, str(unlike), unlike.line)


def report_of(line: bytes) -> str | None:
    """The report that a line is about, if that can still be read from a changed line."""
    match = re.search(rb'"id":"([^"]{1,64})"', line)
    return match[1].decode(errors="replace") if match else None


def message_of(error: Exception) -> str:
    """The fault that an error of reading a line stands for."""
    return str(error) if isinstance(error, ValueError) else "it lacks a member that it must have"
