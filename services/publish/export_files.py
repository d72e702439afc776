"""Writes a release's data files from one unmoving state of the database, in memory that does not grow with it."""

from collections.abc import Iterator
from contextlib import closing
from typing import IO, NamedTuple, cast

import orjson
from sqlalchemy import Table, select
from sqlmodel import Session

from services.publish import export
from services.publish.files import Files, Written
from services.publish.log_tables import LEAF
from services.publish.tables import RecordRow

BATCH = 2000
ROW_GROUP = 20_000

_RECORD: Table = RecordRow.__table__  # type: ignore[attr-defined]


class FileMade(NamedTuple):
    name: str
    bytes: int
    sha256: str


class Folder:
    """A folder of files under way, and what each became."""

    def __init__(self, files: Files, name: str) -> None:
        self.name = name
        self._files = files
        self._written: dict[str, Written] = {}
        files.folder(name)

    def new(self, name: str) -> Written:
        self._written[name] = self._files.write(f"{self.name}/{name}")
        return self._written[name]

    def put(self, name: str, data: bytes) -> None:
        with closing(self.new(name)) as file:
            file.write(data)

    def made(self) -> list[FileMade]:
        """All files so far, by name; each must be closed."""
        return [FileMade(name, file.bytes, file.sha256) for name, file in sorted(self._written.items())]


def write_reports(session: Session, folder: Folder) -> int:
    """reports.csv, .csv.gz, .jsonl and .parquet, oldest first; return how many rows each has."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    count = 0
    with (
        closing(folder.new("reports.jsonl")) as jsonl,
        closing(folder.new("reports.csv")) as plain,
        closing(_Gzip(folder.new("reports.csv.gz"))) as gzip,
        closing(folder.new("reports.parquet")) as parquet,
        pq.ParquetWriter(
            cast("IO[bytes]", parquet), export.arrow_schema(), compression="zstd", write_page_checksum=True
        ) as rows_of,
    ):
        waiting: list[pa.Table] = []
        _both(plain, gzip, export.header(export.REPORTS))
        for docs in _docs(session):
            rows = [export.report_row(orjson.loads(doc)) for doc in docs]
            jsonl.write(b"".join(doc + b"\n" for doc in docs))
            _both(plain, gzip, export.csv_lines(rows))
            waiting.append(export.table(rows))
            count += len(rows)
            if count % ROW_GROUP == 0:
                rows_of.write_table(pa.concat_tables(waiting), row_group_size=ROW_GROUP)
                waiting.clear()
        if waiting:
            rows_of.write_table(pa.concat_tables(waiting), row_group_size=ROW_GROUP)
    pa.default_memory_pool().release_unused()
    return count


def write_history(session: Session, folder: Folder, size: int) -> None:
    """history.jsonl, history.csv and leaves.bin: one line, row and leaf for each of the log's first `size` facts."""
    with (
        closing(folder.new("history.jsonl")) as jsonl,
        closing(folder.new("history.csv")) as plain,
        closing(folder.new("leaves.bin")) as leaves,
    ):
        plain.write(export.header(export.HISTORY))
        for facts in _facts(session, size):
            lines = [export.history_line(index, salt, entry) for index, salt, entry, _ in facts]
            jsonl.write(b"".join(lines))
            plain.write(export.csv_lines(export.history_row(orjson.loads(line)) for line in lines))
            leaves.write(b"".join(commitment for _, _, _, commitment in facts))


class _Gzip:
    """A gzip file without a name and a time in it, so that the same rows give the same bytes."""

    def __init__(self, file: Written) -> None:
        from isal import isal_zlib

        self._file = file
        self._compress = isal_zlib.compressobj(1, isal_zlib.DEFLATED, 31)

    def write(self, data: bytes) -> None:
        self._file.write(self._compress.compress(data))

    def close(self) -> None:
        self._file.write(self._compress.flush())
        self._file.close()


def _both(plain: Written, gzip: _Gzip, data: bytes) -> None:
    plain.write(data)
    gzip.write(data)


def _docs(session: Session) -> Iterator[list[bytes]]:
    query = select(_RECORD.c.doc).order_by(_RECORD.c.received_at, _RECORD.c.id)
    for rows in session.execute(query, execution_options={"yield_per": BATCH}).partitions():
        yield [row.doc for row in rows]


def _facts(session: Session, size: int) -> Iterator[list[tuple[int, bytes | None, bytes | None, bytes]]]:
    columns = (LEAF.c.index, LEAF.c.salt, LEAF.c.entry, LEAF.c.commitment)
    query = select(*columns).where(LEAF.c.index < size).order_by(LEAF.c.index)
    for rows in session.execute(query, execution_options={"yield_per": BATCH}).partitions():
        yield [(row[0], row[1], row[2], row[3]) for row in rows]
