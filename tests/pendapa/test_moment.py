"""Several SQLite files are read as of one moment while others write to them."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pendapa.backups import moment
from pendapa.backups.moment import at_one_moment, copy_database
from pendapa.fault import Fault


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"{name}.sqlite" for name in ("first", "second", "third")]
    for file in files:
        with closing(connect(file)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE mark (value INTEGER)")
            connection.execute("INSERT INTO mark VALUES (0)")
    return files


def connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, isolation_level=None, timeout=30, check_same_thread=False)


def value(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT value FROM mark").fetchone()[0])


@contextmanager
def counting(files: list[Path]) -> Iterator[None]:
    """Meanwhile a number is written to the first file, then to the next, and so on, without a pause."""
    stop, begun = threading.Event(), threading.Event()

    def count() -> None:
        connections = [connect(file) for file in files]
        number = 0
        while not stop.is_set():
            number += 1
            for connection in connections:
                connection.execute("UPDATE mark SET value = ?", [number])
            begun.set()
        for connection in connections:
            connection.close()

    thread = threading.Thread(target=count)
    thread.start()
    try:
        assert begun.wait(30)
        yield
    finally:
        stop.set()
        thread.join()


def test_no_file_is_read_as_of_another_moment_than_the_others(files: list[Path], tmp_path: Path) -> None:
    seen = []
    with counting(files):
        for number in range(20):
            with at_one_moment(files) as readers:
                for name, reader in enumerate(readers):
                    copy_database(reader, tmp_path / f"{number}-{name}")
            copies = [connect(tmp_path / f"{number}-{name}") for name in range(3)]
            seen.append(tuple(value(copy) for copy in copies))
            for copy in copies:
                copy.close()
    assert all(first >= second >= third >= first - 1 for first, second, third in seen), seen
    assert len(set(seen)) > 1


def test_writers_go_on_while_what_was_read_stays(files: list[Path]) -> None:
    with at_one_moment(files) as readers:
        for file in files:
            with closing(connect(file)) as writer:
                writer.execute("PRAGMA busy_timeout=0")
                writer.execute("UPDATE mark SET value = 7")
        assert [value(reader) for reader in readers] == [0, 0, 0]


def test_while_one_lock_is_not_to_be_had_the_others_are_given_back(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moment, "HELD", 0.01)
    taken = threading.Event()

    def read() -> None:
        with at_one_moment(files):
            taken.set()

    with closing(connect(files[1])) as holder:
        holder.execute("BEGIN IMMEDIATE")
        thread = threading.Thread(target=read)
        thread.start()
        with closing(connect(files[0])) as writer:
            for number in range(20):
                writer.execute("UPDATE mark SET value = ?", [number])
        assert not taken.is_set()
        holder.execute("COMMIT")
    thread.join()
    assert taken.is_set()


def test_a_lock_that_is_never_to_be_had_is_told(files: list[Path]) -> None:
    with closing(connect(files[2])) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Fault, match=r"third\.sqlite was written to all the time"), at_one_moment(files, 0.05):
            pass
        with closing(connect(files[0])) as writer:
            writer.execute("PRAGMA busy_timeout=0")
            writer.execute("UPDATE mark SET value = 1")


def test_what_is_no_database_or_not_there_or_damaged_is_told(files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "none").write_text("no database" * 1000)
    with pytest.raises(Fault, match="none cannot be read: file is not a database"), at_one_moment([tmp_path / "none"]):
        pass
    with pytest.raises(Fault, match="absent is not there"), at_one_moment([tmp_path / "absent"]):
        pass
    assert not (tmp_path / "absent").exists()
    with closing(connect(files[0])) as connection:
        connection.executemany("INSERT INTO mark VALUES (?)", [(n,) for n in range(5000)])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(files[0].read_bytes())
    content[8192:8292] = b"\xff" * 100
    files[0].write_bytes(content)
    with pytest.raises(Fault, match=r"damaged|malformed"), at_one_moment(files[:1]) as [reader]:
        copy_database(reader, tmp_path / "copy")
