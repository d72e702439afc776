"""Checks a downloaded release against its log, offline: nothing in it may have been changed, added or left out.

The key proves the checkpoint, which proves the leaves, which prove the history, which proves the reports; every other
file must agree. Where two files do not agree, it is found which of them is right, and only the other is accused.
Forms and columns are taken from the release, so that a later version's release verifies too.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from services.publish.datasets.field import Row
from services.publish.datasets.rules import COUNTING, Lists
from services.publish.datasets.spelling import SPELLING
from services.publish.log import checkpoint, merkle
from services.publish.log.checkpoint import BadCheckpoint, BadKey, Verifier
from services.publish.verify import attempt, declared, rows
from services.publish.verify.attempt import STAND_INS, Attempt, Judge
from services.publish.verify.declared import Declared, DeclaredDataset
from services.publish.verify.findings import FaultKind, Verified
from services.publish.verify.history import History, Newest
from services.publish.verify.judges import Reports, Rows
from services.publish.verify.key import read_key
from services.publish.verify.listing import NAMES, PACKAGE, ReleaseLists

_LEAF = 32

Progress = Callable[[int], None]
Begin = Callable[[str, Verified], Judge]
"""Makes a new judge of the rows in this file, which notes what it finds."""


def verify_release(folder: Path, key: str | bytes, progress: Progress = lambda _: None) -> Verified:
    """Check all of a release's folder against the file of a verifier key; `progress` gets the number of bytes read."""
    verified = Verified()
    try:
        verifier = read_key(key.encode() if isinstance(key, str) else key)
    except BadKey as error:
        verified.fault("the key", str(error), kind=FaultKind.bad_key)
        return verified
    release = _declared(folder)
    listing = ReleaseLists(folder, release)
    for name in listing.missing:
        verified.fault(name, "the file is missing", kind=FaultKind.incomplete)
    if not listing.missing:
        _Check(folder, release, listing, verifier, verified, progress).run()
    return verified


def _declared(folder: Path) -> Declared | None:
    try:
        return declared.read((folder / PACKAGE).read_bytes())
    except (ValueError, TypeError, OSError):
        return None


class _Check:
    """The check of one release."""

    def __init__(
        self,
        folder: Path,
        release: Declared | None,
        listing: ReleaseLists,
        verifier: Verifier,
        verified: Verified,
        progress: Progress,
    ) -> None:
        self._folder, self._listing, self._verifier = folder, listing, verifier
        self._verified, self._progress = verified, progress
        self._declared = release
        self._leaves = (folder / "leaves.bin").read_bytes()

    def run(self) -> None:
        self._head()
        self._listing.decide(self._verified.head)
        if self._checkpoint_unsigned:
            damaged = self._listing.lacks_bytes("checkpoint")
            kind = FaultKind.damaged if damaged else FaultKind.changed
            self._verified.fault("checkpoint", self._checkpoint_unsigned, kind=kind)
        self._judge_rows()
        self._judge_leaves()
        self._judge_key()
        for fault in self._listing.faults(self._verified.head):
            if not self._verified.accuses(fault.file):
                self._verified.faults.append(fault)

    def _head(self) -> None:
        self._checkpoint_unsigned = ""
        try:
            self._verified.head = checkpoint.verify(self._verifier, (self._folder / "checkpoint").read_bytes().decode())
        except (BadCheckpoint, UnicodeDecodeError) as error:
            self._checkpoint_unsigned = self._other_key() or str(error)

    def _other_key(self) -> str:
        """What is wrong if the release is whole, and of another key."""
        try:
            other = read_key((self._folder / "key").read_bytes())
            checkpoint.verify(other, (self._folder / "checkpoint").read_bytes().decode())
        except (BadKey, BadCheckpoint, UnicodeDecodeError):
            return ""
        if str(other) == str(self._verifier):
            return ""
        names = (f"{each.name}+{each.id.hex()}" for each in (other, self._verifier))
        return "it is signed with another key, {}, and not with yours, {}".format(*names)

    def _judge_key(self) -> None:
        """The release's own copy of the key, which is for information."""
        same = (self._folder / "key").read_bytes() == f"{self._verifier}\n".encode()
        if not same and self._verified.head is not None and "key" not in self._listing.changed:
            self._verified.fault("key", "it is not the key that you verify with")

    def _judge_rows(self) -> None:
        release, verified = self._declared, self._verified
        if not self._listing.is_right(PACKAGE):
            verified.not_judged(f"the rows of every file: {PACKAGE}, which declares them, is not as it was cut")
        elif release is None:
            verified.fault(PACKAGE, "it cannot be read")
        elif release.spelling > SPELLING:
            what = f"it is of a later version (spelling {release.spelling}): verify it with a newer pendapa"
            verified.fault(PACKAGE, what, kind=FaultKind.incomplete)
        elif {"reports", "history"} - release.datasets.keys():
            verified.fault(PACKAGE, "it does not describe reports and history")
        elif unlisted := [name for name in release.datasets if not (self._folder / f"{name}.jsonl").is_file()]:
            verified.fault(f"{unlisted[0]}.jsonl", "the file is missing", kind=FaultKind.incomplete)
        else:
            for fault in release.faults:
                verified.fault(PACKAGE, fault)
            _RowCheck(self._folder, release, self._listing, self._leaves, verified, self._progress).run()

    def _judge_leaves(self) -> None:
        head = self._verified.head
        if head is None or self._verified.accuses("leaves.bin"):
            return
        if len(self._leaves) != head.size * _LEAF:
            what = f"it holds {len(self._leaves)} bytes, not 32 for each of {head.size} leaves"
            kind = FaultKind.damaged if len(self._leaves) < head.size * _LEAF else FaultKind.changed
            self._verified.fault("leaves.bin", what, kind=kind)
        elif _root(_cut(self._leaves)) != head.root:
            self._verified.fault("leaves.bin", "its root is not the one that the checkpoint signs")


class _RowCheck:
    """The check of the rows of one release, in each of its files."""

    def __init__(
        self,
        folder: Path,
        release: Declared,
        listing: ReleaseLists,
        leaves: bytes,
        verified: Verified,
        progress: Progress,
    ) -> None:
        self._folder, self._release, self._listing = folder, release, listing
        self._leaves, self._verified, self._progress = leaves, verified, progress

    def run(self) -> None:
        release, lists = self._release, self._lists()
        further = [each for each in release.datasets.values() if each.name not in ("reports", "history")]
        for dataset in sorted(further, key=lambda each: any(field.derived for field in each.fields)):
            right = self._judge(dataset, self._judge_of(dataset, lists, None))
            if right is not None and dataset.name in lists:
                lists[dataset.name] = self._by_key(dataset, right)
        newest = self._history(lists)
        if newest is None:
            self._verified.not_judged("reports, by the log: no file has the right rows of history")
        self._judge(release.datasets["reports"], self._judge_of(release.datasets["reports"], lists, newest))
        for name in release.files:
            if name not in NAMES and name.partition(".")[0] not in release.datasets:
                self._verified.not_judged(name)

    def _judge_of(self, dataset: DeclaredDataset, lists: Lists, newest: dict[str, Newest] | None) -> Begin:
        def begin(file: str, found: Verified) -> Judge:
            if dataset.name == "reports" and newest is not None:
                return Reports(file, self._release, lists, newest, found)
            return Rows(file, dataset, lists, found)

        return begin

    def _history(self, lists: dict[str, dict[str, Row]]) -> dict[str, Newest] | None:
        """The newest fact of each report; null if no file of *history* has the rows that the log commits to.

        `lists` gets how many reports name each main one.
        """
        dataset = self._release.datasets["history"]
        made: dict[str, History] = {}
        right = self._leaves_are_right()

        def begin(file: str, found: Verified) -> Judge:
            leaves, spelling = _cut(self._leaves), self._release.spelling
            made[file] = History(file, dataset, spelling, leaves, lists, found, leaves_right=right)
            return made[file]

        file = self._judge(dataset, begin)
        if file is None:
            return None
        if not right:
            self._blame_a_leaf(made[file])
        lists["history"] = made[file].duplicates()
        return made[file].newest

    def _blame_a_leaf(self, history: History) -> None:
        """A fault of leaves.bin if the facts of `history` have the root that the checkpoint signs, and it has not."""
        head = self._verified.head
        if head is None or len(history.commitments) != head.size or not history.unlike:
            return
        if len(self._leaves) == head.size * _LEAF and _root(iter(history.commitments)) == head.root:
            self._verified.fault("leaves.bin", f"leaf {history.unlike[0] - 1} is not the one that the checkpoint signs")

    def _leaves_are_right(self) -> bool:
        """Whether leaves.bin is what the checkpoint signs; if that cannot be told, what its lists say."""
        head = self._verified.head
        if head is None:
            return "leaves.bin" not in self._listing.changed
        return len(self._leaves) == head.size * _LEAF and _root(_cut(self._leaves)) == head.root

    def _lists(self) -> dict[str, dict[str, Row]]:
        """The rows of the datasets that fields are derived from, as far as they can be read."""
        datasets = self._release.datasets
        derived = [field.derived for each in datasets.values() for field in each.fields if field.derived]
        names = {each.dataset for each in derived if each.rule not in COUNTING}
        return {name: self._list(datasets[name]) for name in sorted(names & datasets.keys())}

    def _list(self, dataset: DeclaredDataset) -> dict[str, Row]:
        for file in sorted(self._readable(dataset), key=lambda file: not self._listing.is_right(file)):
            try:
                return self._by_key(dataset, file)
            except ValueError:
                continue
        return {}

    def _by_key(self, dataset: DeclaredDataset, file: str) -> dict[str, Row]:
        return rows.by_key(attempt.lines(self._folder, self._release, dataset, file), dataset.key)

    def _readable(self, dataset: DeclaredDataset) -> list[str]:
        """The dataset's files that rows can be read from: the JSON Lines first."""
        stand_ins = [f"{dataset.name}.{suffix}" for suffix in STAND_INS if not dataset.unknown]
        return [f"{dataset.name}.jsonl", *(name for name in stand_ins if name in self._release.files)]

    def _judge(self, dataset: DeclaredDataset, begin: Begin) -> str | None:
        """Judge the dataset's rows, and accuse each file that has others; return the file that was found right.

        Rows that neither the log nor sums tell apart are those that most of the files have.
        If none is, what differs from the JSON Lines is accused only if its sums are wrong too.
        """
        tried: dict[str, Attempt] = {}
        for file in self._readable(dataset):
            tried[file] = Attempt(self._folder, self._release, dataset, file)
            tried[file].run(begin(file, tried[file].verified), self._progress)
            if not (tried[file].verified.faults or tried[file].unlike) and self._listing.is_right(file):
                break
        right = [file for file, each in tried.items() if not each.verified.faults]
        chosen = min(right, key=lambda file: (not self._listing.is_right(file), len(tried[file].unlike)), default="")
        taken = tried[chosen or next(iter(tried))]
        for file, each in tried.items():
            first = taken.unlike.get(file)
            cut_off = first is not None and first.kind is FaultKind.damaged
            self._verified.faults.extend([first] if first and cut_off else each.verified.faults)
        self._verified.take(taken.verified, dataset.name, taken.count)
        for name, fault in taken.unlike.items():
            if self._verified.accuses(name):
                continue
            if chosen or not self._listing.is_right(name):
                self._verified.faults.append(fault)
            else:
                self._verified.not_judged(f"{name}: no file has right rows to hold it against")
        if chosen and taken.count != dataset.rows:
            self._verified.fault(PACKAGE, f"{dataset.name} has {taken.count} rows, not {dataset.rows}")
        return chosen or None


def _root(leaves: Iterator[bytes]) -> bytes:
    return merkle.root_of(map(merkle.leaf_hash, leaves))


def _cut(leaves: bytes) -> Iterator[bytes]:
    return (leaves[at : at + _LEAF] for at in range(0, len(leaves), _LEAF))
