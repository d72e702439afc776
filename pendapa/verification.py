"""Checks a downloaded release against its log, offline: nothing in it may have been changed, added or left out.

Trust begins at the verifier key and goes checkpoint, leaves, history, reports; every other file must say the same.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import file_digest, sha256
from itertools import islice, zip_longest
from pathlib import Path

import orjson

from pendapa.facts import History, Newest
from pendapa.findings import Verified, compare, end, report_of, said
from pendapa.same_rows import Csv, Gzip, Parquet
from services.publish import checkpoint, export, export_package, merkle
from services.publish.checkpoint import BadCheckpoint, BadKey, Verifier
from services.publish.export import Value
from services.publish.export_files import BATCH, FileMade

DATA = (
    "checkpoint",
    "history.csv",
    "history.jsonl",
    "key",
    "leaves.bin",
    "reports.csv",
    "reports.csv.gz",
    "reports.jsonl",
    "reports.parquet",
)
NAMES = tuple(sorted((*DATA, "README.txt", "datapackage.json")))
_LEAF = 32


def verify_release(folder: Path, key: str, progress: Callable[[int], None] = lambda _: None) -> Verified:
    """Check all of a release's folder against the text of a verifier key; `progress` is told of bytes read."""
    found = Verified()
    missing = [name for name in (*NAMES, "SHA256SUMS") if not (folder / name).is_file()]
    for name in missing:
        found.fault(name, "the file is missing")
    if missing:
        return found
    try:
        verifier = checkpoint.read_verifier(key)
    except BadKey as error:
        found.fault("the key", str(error))
        return found
    made = [_made(folder, name) for name in NAMES]
    _check_head(folder, verifier, found)
    newest = _check_history(folder, found, progress)
    _check_reports(folder, newest, found, progress)
    _check_words(folder, verifier, made, found)
    _check_sums(folder, made, found)
    return found


def _check_head(folder: Path, verifier: Verifier, found: Verified) -> None:
    try:
        found.head = checkpoint.verify(verifier, (folder / "checkpoint").read_bytes().decode())
    except (BadCheckpoint, UnicodeDecodeError) as error:
        found.fault("checkpoint", str(error))
        return
    leaves = (folder / "leaves.bin").read_bytes()
    if len(leaves) != found.head.size * _LEAF:
        found.fault("leaves.bin", f"it holds {len(leaves)} bytes, not 32 for each of {found.head.size} leaves")
    elif merkle.root_of(merkle.leaf_hash(leaf) for leaf in _cut(leaves)) != found.head.root:
        found.fault("leaves.bin", "its root is not the one that the checkpoint signs")


def _check_history(folder: Path, found: Verified, progress: Callable[[int], None]) -> dict[str, Newest]:
    history = History(_cut((folder / "leaves.bin").read_bytes()), found)
    with Csv(folder / "history.csv", export.HISTORY) as same, (folder / "history.jsonl").open("rb") as lines:
        while batch := list(islice(lines, BATCH)):
            rows = [history.follow(line) for line in batch]
            compare(same, rows, [str(row[2] or "") for row in rows], found)
            progress(sum(map(len, batch)))
        end(same, found)
    history.end()
    return history.newest


def _check_reports(folder: Path, newest: dict[str, Newest], found: Verified, progress: Callable[[int], None]) -> None:
    with (
        Csv(folder / "reports.csv", export.REPORTS) as plain,
        Gzip(folder / "reports.csv.gz", export.REPORTS) as gzip,
        Parquet(folder / "reports.parquet") as parquet,
        (folder / "reports.jsonl").open("rb") as lines,
    ):
        while batch := list(islice(lines, BATCH)):
            rows = [_report(line, found.reports + at, newest, found) for at, line in enumerate(batch, 1)]
            found.reports += len(rows)
            for same in (plain, gzip, parquet):
                compare(same, rows, [str(row[0] or "") for row in rows], found)
            progress(sum(map(len, batch)))
        for same in (plain, gzip, parquet):
            end(same, found)
    for report, fact in newest.items():
        if fact.record is not None:
            found.fault(
                "reports.jsonl", f"it has no row for what line {fact.line} of history.jsonl tells of", None, report
            )


def _report(line: bytes, number: int, newest: dict[str, Newest], found: Verified) -> list[Value]:
    row: list[Value] = [None] * len(export.REPORTS)
    try:
        doc = orjson.loads(line)
        row = export.report_row(doc)
        fact = newest.pop(doc["id"], None)
        if fact is None or fact.record is None:
            raise ValueError("no fact of the log tells of this row; or it is here twice, or was hidden")
        if not line.endswith(b"\n") or sha256(line[:-1]).hexdigest() != fact.record:
            raise ValueError(f"it is not the record that line {fact.line} of history.jsonl commits to")
    except (ValueError, KeyError, TypeError) as error:
        found.fault("reports.jsonl", said(error), number, report_of(line))
    return row


def _check_words(folder: Path, verifier: Verifier, made: Sequence[FileMade], found: Verified) -> None:
    """The files that only say again what the others hold."""
    if (folder / "key").read_bytes() != f"{verifier}\n".encode():
        found.fault("key", "it is not the key that you verify with")
    data = (folder / "datapackage.json").read_bytes()
    try:
        package = orjson.loads(data)
        number, made_at = int(package["version"].removesuffix(".0.0")), str(package["created"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        found.fault("datapackage.json", said(error))
        return
    counts = {"reports": found.reports, "history": found.facts, "leaves": found.facts}
    described = [file for file in made if file.name in DATA]
    if data != export_package.datapackage(verifier.name, number, made_at, counts, described):
        found.fault("datapackage.json", "it does not describe these files")
    if (folder / "README.txt").read_bytes() != export_package.readme(
        verifier.name, number, made_at, found.reports, found.facts
    ):
        found.fault("README.txt", "it is not the one of this release")


def _check_sums(folder: Path, made: Sequence[FileMade], found: Verified) -> None:
    expected = export_package.sums(made).split(b"\n")
    given = (folder / "SHA256SUMS").read_bytes().split(b"\n")
    for number, (ours, theirs) in enumerate(zip_longest(expected, given), 1):
        if ours != theirs:
            name = ours.decode().partition("  ")[2] if ours else ""
            found.fault("SHA256SUMS", f"the checksum of {name} is another" if name else "there is more in it", number)


def _made(folder: Path, name: str) -> FileMade:
    with (folder / name).open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return FileMade(name, (folder / name).stat().st_size, digest)


def _cut(leaves: bytes) -> Iterator[bytes]:
    return (leaves[at : at + _LEAF] for at in range(0, len(leaves), _LEAF))
