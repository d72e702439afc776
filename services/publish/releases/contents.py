"""Writes a release's data files from one snapshot of the database, in memory that does not grow with it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing

from sqlalchemy import func, select

from services.publish.datasets.all import DATASETS
from services.publish.datasets.dataset import BATCH, Dataset, Snapshot
from services.publish.datasets.field import Row
from services.publish.datasets.rules import COUNTING, Derived, Lists, derive
from services.publish.formats import FORMATS
from services.publish.formats.format import Batch
from services.publish.releases.files import Files, WrittenFile
from services.publish.releases.sums import FileMade
from services.publish.tables import LEAF, RECORD


class Folder:
    """A folder that is being written, with the size and sum of each file."""

    def __init__(self, files: Files, name: str) -> None:
        self.name = name
        self._files = files
        self._written: dict[str, WrittenFile] = {}
        files.folder(name)

    def new(self, name: str) -> WrittenFile:
        self._written[name] = self._files.write(f"{self.name}/{name}")
        return self._written[name]

    def put(self, name: str, data: bytes) -> None:
        with closing(self.new(name)) as file:
            file.write(data)

    def made(self) -> list[FileMade]:
        """All files so far, ordered by name; each must be closed."""
        return [FileMade(name, file.bytes, file.sha256) for name, file in sorted(self._written.items())]


def write_datasets(snapshot: Snapshot, folder: Folder) -> dict[str, int]:
    """Every dataset in every format; return how many rows each dataset has."""
    lists = lists_of(snapshot)
    return {dataset.name: _write(dataset, snapshot, lists, folder) for dataset in DATASETS.values()}


def write_leaves(snapshot: Snapshot, folder: Folder) -> None:
    """leaves.bin: 32 bytes for each of the log's leaves."""
    query = select(LEAF.c.commitment).where(LEAF.c.index < snapshot.size).order_by(LEAF.c.index)
    with closing(folder.new("leaves.bin")) as leaves:
        for some in snapshot.session.execute(query, execution_options={"yield_per": BATCH}).partitions():
            leaves.write(b"".join(bytes(row.commitment) for row in some))


def lists_of(snapshot: Snapshot) -> Lists:
    """The rows, by their keys, of the datasets that fields are derived from; and how many name each main report."""
    all_derived = [derived for dataset in DATASETS.values() for derived in dataset.derived().values()]
    names = {derived.dataset for derived in all_derived if derived.rule not in COUNTING}
    by_key = {
        name: {str(row[DATASETS[name].key]): row for rows in DATASETS[name].rows(snapshot) for row in rows}
        for name in sorted(names)
    }
    return {**by_key, "history": _duplicates(snapshot)}


def _duplicates(snapshot: Snapshot) -> Mapping[str, Row]:
    """How many reports each main one was named by: their records have what the newest facts say."""
    main = RECORD.c.duplicate_of
    counts = snapshot.session.execute(select(main, func.count()).where(main.is_not(None)).group_by(main))
    return {report: {main.name: count} for report, count in counts}


def with_derived(row: Row, derived: Mapping[str, Derived], lists: Lists) -> Row:
    """The row with its derived fields; a row without the code, such as an erased fact's, stays as it is."""
    made = {name: derive(each, row, lists) for name, each in derived.items() if each.of in row}
    return {**row, **made} if made else row


def _write(dataset: Dataset, snapshot: Snapshot, lists: Lists, folder: Folder) -> int:
    count = 0
    with ExitStack() as ends:
        writers = [
            ends.enter_context(closing(format.open(folder.new(f"{dataset.name}.{format.suffix}"), dataset.fields)))
            for format in FORMATS
        ]
        for rows in _whole(dataset, snapshot, lists):
            batch = Batch(dataset.fields, rows)
            for writer in writers:
                writer.write(batch)
            count += len(rows)
    return count


def _whole(dataset: Dataset, snapshot: Snapshot, lists: Lists) -> Iterator[Sequence[Row]]:
    derived = dataset.derived()
    for rows in dataset.rows(snapshot):
        yield [with_derived(row, derived, lists) for row in rows] if derived else rows
