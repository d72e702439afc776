"""What /readyz says of files and disks: in an operator's words, and only as long as it is so."""

import errno
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kit import outage
from kit.bus import BusUnavailable
from kit.bus.embedded_file import connect, unavailable, writing
from kit.db import open_engine, transaction
from kit.file_checks import check_readable, check_room, of_database, of_sqlite
from kit.health import Health, NotReady, Slow


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "rows.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE word (said TEXT)")
        connection.executemany("INSERT INTO word VALUES (?)", [("x" * 500,)] * 500)
        connection.commit()
    return file


def look(file: Path) -> list[str]:
    """What a process that has just begun says."""
    return [reason.partition(", since")[0] for reason in Health(of_sqlite(file, "store")).look().reasons]


def test_a_whole_file_is_ready(file: Path) -> None:
    assert look(file) == []
    engine = open_engine(f"sqlite:///{file}")
    assert [check.__name__ for check in of_database(engine)] == ["store", "store_content"]
    engine.dispose()


def test_a_file_that_is_gone_or_is_no_database_is_told_and_its_return_too(file: Path) -> None:
    content = file.read_bytes()
    file.unlink()
    assert look(file)[0] == "store: rows.sqlite cannot be read: it is not there"
    file.write_bytes(b"nonsense" * 1000)
    assert look(file)[0] == "store: rows.sqlite is damaged: bring back a copy"
    file.write_bytes(content)
    assert look(file) == []


def test_damage_in_the_middle_of_a_file_is_found(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:8192] + b"\xff" * 8192 + content[16384:])
    [found] = look(file)
    assert found.startswith("store_content: rows.sqlite")
    assert "damaged" in found


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EACCES, "a file or folder may not be read or written"),
    ],
)
def test_a_disk_that_takes_nothing_is_told_as_long_as_it_is_so(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "TemporaryFile", refuse)
        with pytest.raises(NotReady, match=f"^the folder cannot be written: {words}$"):
            check_room(tmp_path, "the folder")
        assert look(file) == [f"store: the data folder cannot be written: {words}"]
    check_room(tmp_path, "the folder")
    assert list(tmp_path.iterdir()) == [file]
    assert look(file) == []


def test_a_file_that_cannot_be_read_or_understood_is_told(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text("7")
    check_readable(file, int)
    with pytest.raises(NotReady, match=r"^keys\.json is damaged$"):
        check_readable(file, lambda _: int("x"))
    file.unlink()
    file.mkdir()
    with pytest.raises(NotReady, match=r"^keys\.json cannot be read: Is a directory$"):
        check_readable(file, int)


@pytest.fixture
def narrow(file: Path) -> Iterator[Any]:
    """An engine whose file cannot grow, as on a full disk."""
    engine = open_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    from sqlalchemy import event

    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}"))
    yield engine
    engine.dispose()


def test_a_full_database_is_an_outage_in_an_operators_words(narrow: Any) -> None:
    with pytest.raises(DBAPIError) as raised, transaction(narrow) as session:
        session.execute(text("INSERT INTO word SELECT zeroblob(100000)"))
    assert outage.is_outage(raised.value)
    assert outage.words(raised.value) == outage.FULL


def test_a_bus_file_that_is_full_says_so_and_not_that_it_cannot_roll_back(tmp_path: Path) -> None:
    with closing(connect(str(tmp_path / "bus.sqlite"))) as connection:
        connection.execute("CREATE TABLE word (said TEXT)")
        connection.execute("PRAGMA max_page_count=3")
        with pytest.raises(BusUnavailable, match="full") as raised, unavailable(), writing(connection):
            connection.execute("INSERT INTO word VALUES (zeroblob(100000))")
    assert outage.words(raised.value) == outage.FULL


def test_our_own_mistakes_are_no_fault_of_the_machine() -> None:
    assert outage.words(ValueError("x")) is None
    assert outage.words(FileNotFoundError(errno.ENOENT, "no")) is None
    assert outage.words(sqlite3.OperationalError("no such column")) is None


def test_a_slow_check_runs_beside_and_rests() -> None:
    runs: list[str] = []
    faults = ["it is damaged", ""]

    def content() -> None:
        runs.append("")
        if fault := faults.pop(0):
            raise NotReady(fault)

    slow = Slow(content, rest=1000)
    with pytest.raises(NotReady, match="it is damaged"):
        slow()
    for _ in range(3):
        assert slow() is None
    assert (len(runs), slow.__name__) == (2, "content")
    faults.append("")
    slow.soon()
    slow()
    assert len(runs) == 3


def test_a_look_takes_no_lock_from_its_process(tmp_path: Path) -> None:
    """Else the next process that closes the file would delete the write-ahead log from under this one."""
    file = tmp_path / "rows.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE word (word TEXT)")
        connection.execute("INSERT INTO word VALUES ('first')").close()
        assert look(file) == []
        another = (
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM word').close(); c.close()"
        )
        subprocess.run([sys.executable, "-c", another, str(file)], check=True)
        assert Path(f"{file}-wal").exists()
