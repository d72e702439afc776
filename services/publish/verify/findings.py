"""The result of checking a release: faults with their files and lines, and counts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple

from services.publish.formats.format import Batch, Same, Unlike
from services.publish.log.checkpoint import Head


class FaultKind(StrEnum):
    changed = "changed"
    """The file is not the one that was cut."""
    damaged = "damaged"
    """It ends early or cannot be read, as after a download that was cut off."""
    incomplete = "incomplete"
    """A file is missing, or only a later version can judge it."""
    bad_key = "bad key"
    """The file that should hold the verifier key does not."""


class Verdict(IntEnum):
    """What a check comes to, and the exit code of `pendapa verify`. 2 is typer's, for a command that makes no sense."""

    as_signed = 0
    changed = 1
    bad_key = 3
    incomplete = 4
    damaged = 5


class ReleaseFault(NamedTuple):
    """A fault and its file; `report` and `line` (from 1) if the fault is of one row."""

    file: str
    what: str
    line: int | None = None
    report: str | None = None
    kind: FaultKind = FaultKind.changed

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        damaged = "damaged: " if self.kind is FaultKind.damaged else ""
        row = "report" if self.file.startswith(("reports.", "history.")) else "row"
        return f"{where}{f', {row} {self.report}' if self.report else ''}: {damaged}{self.what}"


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

    @property
    def verdict(self) -> Verdict:
        kinds = {fault.kind for fault in self.faults}
        for kind, verdict in _VERDICTS:
            if kind in kinds:
                return verdict
        return Verdict.as_signed

    def take(self, found: "Verified", dataset: str, count: int) -> None:
        """Take over the counts of a check of this dataset's rows, and what it could not judge."""
        for name in ("facts", "erased", "lost", "hidden"):
            setattr(self, name, getattr(self, name) + getattr(found, name))
        if dataset == "reports":
            self.reports = count
        elif dataset != "history":
            self.rows[dataset] = count
        for what in found.unjudged:
            self.not_judged(what)

    def not_judged(self, what: str) -> None:
        if what not in self.unjudged:
            self.unjudged.append(what)

    def fault(
        self,
        file: str,
        what: str,
        line: int | None = None,
        report: str | None = None,
        kind: FaultKind = FaultKind.changed,
    ) -> None:
        self.faults.append(ReleaseFault(file, what, line, report, kind))

    def accuses(self, file: str) -> bool:
        return any(fault.file == file for fault in self.faults)


_MEMBER = re.compile(rb'"([a-z_]{1,64})":"([^"]{1,64})"')
_VERDICTS = (
    (FaultKind.bad_key, Verdict.bad_key),
    (FaultKind.incomplete, Verdict.incomplete),
    (FaultKind.changed, Verdict.changed),
    (FaultKind.damaged, Verdict.damaged),
)


def unlike_in(same: Same, batch: Batch, rows: Sequence[str]) -> ReleaseFault | None:
    """Hold the file's next rows against those of the batch, which have these names; the first difference."""
    try:
        same.follow(batch)
    except Unlike as unlike:
        row = rows[unlike.row] if unlike.row is not None and unlike.row < len(rows) else None
        return _fault(same, unlike, row)
    return None


def more_in(same: Same) -> ReleaseFault | None:
    """The fault of a file that has more rows."""
    try:
        same.end()
    except Unlike as unlike:
        return _fault(same, unlike, None)
    return None


def _fault(same: Same, unlike: Unlike, row: str | None) -> ReleaseFault:
    kind = FaultKind.damaged if unlike.damaged else FaultKind.changed
    return ReleaseFault(same.name, str(unlike), unlike.line, row or None, kind)


def name_of(line: bytes, key: str) -> str | None:
    """The report that a line is about, or the value of its dataset's key, if that can be read from a changed line."""
    members = dict(_MEMBER.findall(line))
    name: bytes | None = members.get(b"id") or members.get(key.encode())
    return None if name is None else name.decode(errors="replace")


def message_of(error: Exception) -> str:
    """The fault that an error of reading a line stands for."""
    return str(error) if isinstance(error, ValueError) else "it lacks a member that it must have"
