"""A PostgreSQL machine, or a client of it, that goes silent instead of dying."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from kit import locks, patience
from kit.db import Reader, open_engine, snapshot, transaction
from kit.locks import exclusive
from kit.outage import OutcomeUnknown, is_outage
from kit.patience import Patience
from kit.writer import Writer
from tests.silent import Way

pytestmark = pytest.mark.live

SHORT = Patience(connect=2, statement=1.0, idle=1.0, network=4, pool=2.0)


@pytest.fixture
def server_url(postgres_server: str) -> Iterator[str]:
    """A database of its own, over the network."""
    name = f"test_{uuid4().hex}"
    plain = postgres_server.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield f"{postgres_server.rpartition('/')[0]}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def way(server_url: str) -> Iterator[Way]:
    url = make_url(server_url)
    with Way(url.host or "127.0.0.1", url.port or 5432) as way:
        yield way


@pytest.fixture
def engine(server_url: str, way: Way) -> Iterator[Engine]:
    """Goes by the way that can go silent."""
    engine = open_engine(str(make_url(server_url).set(host="127.0.0.1", port=way.port).render_as_string(False)), SHORT)
    with transaction(engine) as session:
        session.execute(text("CREATE TABLE word (id text PRIMARY KEY, word text)"))
    yield engine
    engine.dispose()


def count(engine: Engine) -> int:
    with snapshot(engine) as session:
        return int(session.execute(text("SELECT count(*) FROM word")).scalar_one())


def test_a_read_from_a_silent_server_ends_and_the_next_finds_the_server_again(engine: Engine, way: Way) -> None:
    assert count(engine) == 0
    way.go_silent()
    with pytest.raises(DBAPIError) as raised:
        count(engine)
    assert is_outage(raised.value)
    with pytest.raises(DBAPIError) as raised:  # a new connection is accepted, and is silent too
        count(engine)
    assert is_outage(raised.value)
    way.speak()
    assert count(engine) == 0


def test_the_fast_reader_ends_too(engine: Engine, way: Way) -> None:
    reader = Reader(engine)
    assert reader.rows_now("SELECT count(*) FROM word") == [(0,)]
    way.go_silent()
    with pytest.raises(Exception, match=r"answer|timeout") as raised:
        reader.rows_now("SELECT count(*) FROM word")
    assert is_outage(raised.value)
    way.speak()
    assert reader.rows_now("SELECT count(*) FROM word") == [(0,)]


def test_a_process_that_was_told_to_end_waits_no_longer(
    engine: Engine, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_ends_at", float("inf"))
    slow = open_engine(engine.url.render_as_string(False), Patience(statement=600.0))
    assert count(slow) == 0
    way.go_silent()
    threading.Timer(0.3, patience.end_waits_in, [0.0]).start()
    with pytest.raises(DBAPIError):
        count(slow)
    slow.dispose()


def test_a_statement_that_takes_too_long_is_ended_by_the_server(engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="statement timeout"), snapshot(engine) as session:
        session.execute(text("SELECT pg_sleep(30)"))


def test_a_release_may_read_for_longer(engine: Engine) -> None:
    with snapshot(engine, long=True) as session:
        session.execute(text("SELECT pg_sleep(1.3)"))
        time.sleep(1.3)  # longer than an idle transaction may last otherwise
        assert session.execute(text("SELECT 1")).scalar_one() == 1
    with pytest.raises(DBAPIError, match="statement timeout"), snapshot(engine) as session:
        session.execute(text("SELECT pg_sleep(30)"))


def test_rows_that_a_silent_client_has_locked_become_free(engine: Engine, way: Way, server_url: str) -> None:
    with transaction(engine) as session:
        session.execute(text("INSERT INTO word VALUES ('1', 'one')"))
    successor = open_engine(server_url, Patience(statement=30.0))
    with suppress(DBAPIError, OutcomeUnknown), transaction(engine) as session:
        session.execute(text("UPDATE word SET word = 'mine'"))
        way.go_silent()
        with transaction(successor) as other:
            other.execute(text("UPDATE word SET word = 'its successor'"))
    with snapshot(successor) as session:
        assert session.execute(text("SELECT word FROM word")).scalar_one() == "its successor"
    successor.dispose()


def test_a_lock_that_a_silent_process_holds_is_told_and_becomes_free(
    engine: Engine, way: Way, server_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(locks, "SILENT_AFTER", 3)
    monkeypatch.setattr(locks, "TOO_LONG", 0.2)
    successor = open_engine(server_url)
    with exclusive(engine, "relay") as first:
        assert first
        way.go_silent()
        end, tries = time.monotonic() + 60, 0
        while time.monotonic() < end:
            with exclusive(successor, "relay") as second:
                if second:
                    break
                tries += 1
                told = locks.waited_too_long(successor)
            time.sleep(0.1)
        assert second
        assert tries
        assert told is not None
        assert "relay for" in told
        assert "has held the lock relay" in caplog.text
    assert locks.waited_too_long(successor) is None
    successor.dispose()


def test_a_process_keeps_its_lock_while_it_works(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "SILENT_AFTER", 2)
    signs = locks._SignsOfLife(each=0.3)
    monkeypatch.setattr(locks, "_signs_of_life", signs)
    with exclusive(engine, "long") as first:
        assert first
        time.sleep(3)
        with exclusive(engine, "long") as second:
            assert not second


@pytest.mark.parametrize("tries_cut", [1, 2])
def test_a_commit_whose_answer_is_lost_is_done_again_with_the_same_rows(
    engine: Engine, way: Way, tries_cut: int
) -> None:
    left = [tries_cut]

    def is_commit(data: bytes) -> bool:
        if b"COMMIT" not in data or not left[0]:
            return False
        left[0] -= 1
        return True

    way.cut_answer_to = is_commit
    assert asyncio.run(say(engine, "1", repeatable=True)) == "1"
    assert (left, count(engine)) == ([0], 1)


def test_what_cannot_be_repeated_is_said_to_be_unknown(engine: Engine, way: Way) -> None:
    way.cut_answer_to = lambda data: b"COMMIT" in data
    with pytest.raises(OutcomeUnknown):
        asyncio.run(say(engine, "1", repeatable=False))
    way.cut_answer_to = lambda _: False
    assert count(engine) == 1


async def say(engine: Engine, id: str, repeatable: bool) -> str:
    writer = Writer(engine)
    statement = text("INSERT INTO word VALUES (:id, 'word') ON CONFLICT DO NOTHING")
    try:
        return await writer.run(lambda session: (session.execute(statement, {"id": id}), id)[1], repeatable=repeatable)
    finally:
        writer.close()
