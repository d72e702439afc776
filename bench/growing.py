"""Makes a publish database ten times as large as another one in minutes: by SQL, and not by making each report anew."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import UUID

import orjson

from kit import migrate
from services.publish.query.search import normal
from services.publish.record.values import edition

_INDEXES = "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'record' AND type = 'index' AND sql IS NOT NULL"
_SHIFTED = {
    "number": "number + :added",
    "id": "other_id(id, :time)",
    "received_at": "received_at - :earlier",
    "doc": "other_doc(doc, id, :time)",
    "edition": "edition(other_doc(doc, id, :time))",
}


def fill(source: Path, target: Path, times: int) -> None:
    """The reports of `source` so many times over, with other ids each time, the older ones first."""
    migrate.upgrade(f"sqlite:///{target}", "publish")
    with closing(sqlite3.connect(target, isolation_level=None)) as database, _unindexed(database):
        database.create_function("other_id", 2, _other_id, deterministic=True)
        database.create_function("other_doc", 3, _other_doc, deterministic=True)
        database.create_function("edition", 1, edition, deterministic=True)
        database.create_function("words", 1, lambda doc: normal(orjson.loads(doc)["text"]), deterministic=True)
        database.execute("ATTACH ? AS source", [str(source)])
        count, first, last = database.execute(
            "SELECT max(number), min(received_at), max(received_at) FROM source.record"
        ).fetchone()
        for time in range(times):
            earlier = (times - 1 - time) * (last - first + 1)
            _copy(database, {"added": time * count, "time": time, "earlier": earlier})


@contextmanager
def _unindexed(database: sqlite3.Connection) -> Iterator[None]:
    """Nothing else has the database meanwhile, and it may be lost: rows are faster without indexes and a log."""
    indexes = database.execute(_INDEXES).fetchall()
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000"):
        database.execute(f"PRAGMA {pragma}")
    for name, _ in indexes:
        database.execute(f"DROP INDEX {name}")
    yield
    for _, statement in indexes:
        database.execute(statement)
    database.execute("PRAGMA journal_mode=WAL")


def _copy(database: sqlite3.Connection, values: dict[str, int]) -> None:
    database.execute("BEGIN")
    for table in ("record", "face"):
        columns = [name for _, name, *_ in database.execute(f"PRAGMA source.table_info({table})")]
        read = ", ".join(_SHIFTED.get(name, f'"{name}"') for name in columns)
        written = ", ".join(f'"{name}"' for name in columns)
        database.execute(f"INSERT INTO {table} ({written}) SELECT {read} FROM source.{table}", values)
    indexed = "INSERT INTO search (rowid, words) SELECT number + :added, words(doc) FROM source.record"
    database.execute(indexed, {"added": values["added"]})
    database.execute("COMMIT")


def _other_id(id: str, time: int) -> str:
    return str(UUID(int=UUID(id).int ^ (time << 96)))


def _other_doc(doc: bytes, id: str, time: int) -> bytes:
    return doc.replace(id.encode(), _other_id(id, time).encode())
