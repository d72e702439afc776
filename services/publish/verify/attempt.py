"""Judges the rows of one dataset, taken from one of its files, and holds its other files against them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from services.publish.datasets.field import Row
from services.publish.formats import FORMATS
from services.publish.formats.format import Batch, Same
from services.publish.verify import columns, rows
from services.publish.verify.declared import Declared, DeclaredDataset
from services.publish.verify.findings import FaultKind, ReleaseFault, Verified, message_of, more_in, unlike_in

STAND_INS = ("parquet",)
"""The formats that rows can be read from as exactly as from the JSON Lines."""


class Judge(Protocol):
    """Holds the rows of a dataset against what is known of them, one after the other."""

    def follow(self, line: bytes) -> Row:
        """The row of the next line, whose faults are noted."""

    def end(self) -> None:
        """There are no more rows."""


class Attempt:
    """The check of a dataset by the rows of one file."""

    def __init__(self, folder: Path, release: Declared, dataset: DeclaredDataset, file: str) -> None:
        self.file, self.dataset = file, dataset
        self.verified = Verified()
        """What the rows themselves come to."""
        self.unlike: dict[str, ReleaseFault] = {}
        """The first difference of each other file that has other rows."""
        self.count = 0
        self._folder, self._release = folder, release

    def run(self, judge: Judge, progress: Callable[[int], None]) -> None:
        with ExitStack() as ends:
            others = [ends.enter_context(same) for same in self._others()]
            try:
                for some in rows.batches(lines(self._folder, self._release, self.dataset, self.file)):
                    self._hold(some, judge, others)
                    progress(sum(map(len, some)))
            except ValueError as error:
                self.verified.fault(self.file, str(error), self.count + 1, kind=FaultKind.damaged)
            judge.end()
            for same in others:
                if same.name not in self.unlike and (fault := more_in(same)):
                    self.unlike[same.name] = fault

    def _hold(self, some: Sequence[bytes], judge: Judge, others: Sequence[Same]) -> None:
        batch = self._batch([judge.follow(line) for line in some])
        names = [str(row.get("id") or row.get(self.dataset.key) or "") for row in batch.rows]
        for same in others:
            if same.name not in self.unlike and (fault := unlike_in(same, batch, names)):
                self.unlike[same.name] = fault
        self.count += len(some)

    def _batch(self, some: Sequence[Row]) -> Batch:
        try:
            return Batch(self.dataset.fields, some)
        except ValueError as error:
            self.verified.fault(self.file, message_of(error), self.count + 1)
            return Batch(self.dataset.fields, [{} for _ in some])

    def _others(self) -> Iterator[Same]:
        """The other files; a format or type that this version does not know is noted as not judged."""
        known = {f"{self.dataset.name}.{format.suffix}": format for format in FORMATS}
        for name in self._release.files:
            if name.partition(".")[0] != self.dataset.name or name == self.file:
                continue
            if name not in known:
                self.verified.not_judged(name)
            elif self.dataset.unknown and known[name].name != "jsonl":
                self.verified.not_judged(f"{name}: {', '.join(self.dataset.unknown)}")
            elif (self._folder / name).is_file():
                yield known[name].read(self._folder / name, self.dataset.fields, self._release.spelling)


def lines(folder: Path, release: Declared, dataset: DeclaredDataset, file: str) -> Iterator[bytes]:
    """The rows of a file, as lines of JSON. Raises `ValueError` if it cannot be read."""
    if file.endswith(".jsonl"):
        return rows.lines_of(folder / file)
    return columns.lines(folder / file, dataset, release.spelling)
