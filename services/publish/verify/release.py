"""Checks a downloaded release against its log, offline: nothing in it may have been changed, added or left out.

The key proves the checkpoint, which proves the leaves, which prove the history, which proves the reports; every other
file must agree.
Forms and columns are taken from the release, so that a later version's release verifies too.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from services.publish.datasets.field import Row
from services.publish.datasets.forms import digest
from services.publish.datasets.rules import Lists
from services.publish.formats import FORMATS
from services.publish.formats.format import Batch, Same
from services.publish.log import checkpoint, merkle
from services.publish.log.checkpoint import BadCheckpoint, BadKey, Verifier
from services.publish.verify import declared, files, rows
from services.publish.verify.declared import Declared, DeclaredDataset
from services.publish.verify.findings import Verified, compare, end, message_of, report_of
from services.publish.verify.history import History, Newest, check_words

NAMES = (
    "README.txt",
    "SHA256SUMS",
    "checkpoint",
    "datapackage.json",
    "history.jsonl",
    "key",
    "leaves.bin",
    "reports.jsonl",
)
"""The files that every release has."""
_LEAF = 32

Progress = Callable[[int], None]
Judge = Callable[[bytes, int], Row]
"""Reads the line with this number, and notes its faults."""


def verify_release(folder: Path, key: str, progress: Progress = lambda _: None) -> Verified:
    """Check all of a release's folder against the text of a verifier key; `progress` gets the number of bytes read."""
    verified = Verified()
    if _missing(folder, NAMES, verified):
        return verified
    try:
        verifier = checkpoint.read_verifier(key)
        release = declared.read((folder / "datapackage.json").read_bytes())
    except BadKey as error:
        verified.fault("the key", str(error))
        return verified
    except (ValueError, TypeError) as error:
        verified.fault("datapackage.json", f"it cannot be read: {type(error).__name__}")
        return verified
    for fault in release.faults:
        verified.fault("datapackage.json", fault)
    if {"reports", "history"} - release.datasets.keys():
        verified.fault("datapackage.json", "it does not describe reports and history")
        return verified
    further = ["manifest.json"] if release.manifest else []
    if not _missing(folder, [*release.files, *(f"{name}.jsonl" for name in release.datasets), *further], verified):
        _Check(folder, release, verifier, verified, progress).run()
    return verified


class _Check:
    """The check of one release."""

    def __init__(
        self, folder: Path, release: Declared, verifier: Verifier, verified: Verified, progress: Progress
    ) -> None:
        self._folder, self._release, self._verifier = folder, release, verifier
        self._verified, self._progress = verified, progress
        self._lists: Lists = {}

    def run(self) -> None:
        self._head()
        self._lists = rows.lists_of(self._folder, self._release)
        self._reports(self._history())
        for dataset in self._release.datasets.values():
            if dataset.name not in ("reports", "history"):
                self._verified.rows[dataset.name] = self._follow(dataset, self._of_itself(dataset))
        self._counts()
        self._note_files_of_no_dataset()
        files.check(self._folder, self._release, self._verified)

    def _head(self) -> None:
        verified = self._verified
        if (self._folder / "key").read_bytes() != f"{self._verifier}\n".encode():
            verified.fault("key", "it is not the key that you verify with")
        try:
            verified.head = checkpoint.verify(self._verifier, (self._folder / "checkpoint").read_bytes().decode())
        except (BadCheckpoint, UnicodeDecodeError) as error:
            verified.fault("checkpoint", str(error))
            return
        leaves = (self._folder / "leaves.bin").read_bytes()
        if len(leaves) != verified.head.size * _LEAF:
            verified.fault(
                "leaves.bin", f"it holds {len(leaves)} bytes, not 32 for each of {verified.head.size} leaves"
            )
        elif merkle.root_of(merkle.leaf_hash(leaf) for leaf in _cut(leaves)) != verified.head.root:
            verified.fault("leaves.bin", "its root is not the one that the checkpoint signs")

    def _history(self) -> dict[str, Newest]:
        dataset = self._release.datasets["history"]
        history = History(dataset, _cut((self._folder / "leaves.bin").read_bytes()), self._lists, self._verified)
        self._follow(dataset, lambda line, _: history.follow(line))
        history.end()
        return history.newest

    def _reports(self, newest: dict[str, Newest]) -> None:
        dataset = self._release.datasets["reports"]

        def judge(line: bytes, number: int) -> Row:
            return self._row(line, number, dataset, lambda row: self._report(row, newest))

        self._verified.reports = self._follow(dataset, judge)
        for report, fact in newest.items():
            if fact.record is not None:
                self._verified.fault(
                    "reports.jsonl",
                    f"it has no row, though line {fact.line} of history.jsonl commits to one",
                    None,
                    report,
                )

    def _report(self, row: Row, newest: dict[str, Newest]) -> None:
        """Raise `ValueError` unless the row is what the report's newest fact commits to."""
        fact = newest.pop(str(row["id"]), None)
        if fact is None or fact.record is None:
            raise ValueError(
                "no fact of the log commits to this row: its report was hidden, has two rows, or is not in the log"
            )
        if fact.form not in self._release.forms:
            raise ValueError(f"form {fact.form} is not declared")
        if digest(self._release.forms[fact.form], row) != fact.record:
            raise ValueError(f"it is not the record that line {fact.line} of history.jsonl commits to")
        if fact.form > 1:
            check_words(row["text"], row["text_salt"], fact.text_hash)
        record = self._release.forms[fact.form]
        dataset = self._release.datasets["reports"]
        rows.note_unproven(row, dataset, lambda field: field.member in record, self._verified)

    def _of_itself(self, dataset: DeclaredDataset) -> Judge:
        """Judges rows that the log does not commit to."""
        return lambda line, number: self._row(line, number, dataset, lambda _: None)

    def _row(self, line: bytes, number: int, dataset: DeclaredDataset, judge: Callable[[Row], None]) -> Row:
        row: Row = {}
        try:
            row = rows.read(line)
            rows.check_members(row, dataset)
            judge(row)
            rows.check_derived(row, dataset, self._lists, self._verified)
        except (ValueError, KeyError, TypeError) as error:
            self._verified.fault(f"{dataset.name}.jsonl", message_of(error), number, report_of(line))
        return row

    def _follow(self, dataset: DeclaredDataset, judge: Judge) -> int:
        """Judge each line, and compare the dataset's other files with its rows; return the number of rows."""
        count = 0
        with ExitStack() as ends:
            others = [ends.enter_context(same) for same in self._others(dataset)]
            for lines in rows.batches(self._folder / f"{dataset.name}.jsonl"):
                batch = self._batch(dataset, [judge(line, count + at) for at, line in enumerate(lines, 1)], count)
                for same in others:
                    compare(same, batch, [str(row.get("id") or "") for row in batch.rows], self._verified)
                count += len(lines)
                self._progress(sum(map(len, lines)))
            for same in others:
                end(same, self._verified)
        return count

    def _batch(self, dataset: DeclaredDataset, some: Sequence[Row], before: int) -> Batch:
        try:
            return Batch(dataset.fields, some)
        except ValueError as error:
            self._verified.fault(f"{dataset.name}.jsonl", message_of(error), before + 1)
            return Batch(dataset.fields, [{} for _ in some])

    def _others(self, dataset: DeclaredDataset) -> Iterator[Same]:
        """The files of other formats; a format or type that this version does not know is noted as not judged."""
        names = [name for name in self._release.files if name.partition(".")[0] == dataset.name]
        known = {f"{dataset.name}.{format.suffix}": format for format in FORMATS}
        for name in names:
            if name not in known:
                self._verified.not_judged(name)
            elif dataset.unknown and known[name].name != "jsonl":
                self._verified.not_judged(f"{name}: {', '.join(dataset.unknown)}")
            elif (same := known[name].read(self._folder / name, dataset.fields)) is not None:
                yield same

    def _note_files_of_no_dataset(self) -> None:
        for name in self._release.files:
            if name not in NAMES and name.partition(".")[0] not in self._release.datasets:
                self._verified.not_judged(name)

    def _counts(self) -> None:
        verified = self._verified
        counts = {**verified.rows, "reports": verified.reports, "history": verified.facts}
        for dataset in self._release.datasets.values():
            if counts[dataset.name] != dataset.rows:
                verified.fault(
                    "datapackage.json", f"{dataset.name} has {counts[dataset.name]} rows, not {dataset.rows}"
                )


def _missing(folder: Path, names: Sequence[str], verified: Verified) -> bool:
    missing = [name for name in names if "/" in name or not (folder / name).is_file()]
    for name in missing:
        verified.fault(name, "the file is missing")
    return bool(missing)


def _cut(leaves: bytes) -> Iterator[bytes]:
    return (leaves[at : at + _LEAF] for at in range(0, len(leaves), _LEAF))
