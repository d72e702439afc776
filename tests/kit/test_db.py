"""Databases: what is committed, what is not, who is alone."""

import asyncio
import errno
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from kit import inbox
from kit.db import Instant, Reader, micros, snapshot, transaction
from kit.db import open_engine as open_again
from kit.locks import exclusive, hold
from kit.outage import is_outage
from kit.rows import insert_missing
from kit.writer import Writer

METADATA = MetaData()
WORDS = Table(
    "words",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("word", String(20), unique=True),
    Column("at", Instant),
)


@pytest.fixture
def database(engine: Engine) -> Engine:
    METADATA.create_all(engine)
    return engine


@pytest.fixture
def writer(database: Engine) -> Iterator[Writer]:
    writer = Writer(database)
    yield writer
    writer.close()


def words(engine: Engine) -> list[str]:
    with snapshot(engine) as session:
        return list(session.scalars(select(WORDS.c.word).order_by(WORDS.c.number)))


def say(session: Session, word: str) -> str:
    session.execute(insert(WORDS).values(word=word))
    return word


class Abandoned(Exception):
    pass


def test_a_transaction_that_raises_leaves_nothing(database: Engine) -> None:
    def give_up() -> None:
        with transaction(database) as session:
            say(session, "never")
            raise Abandoned

    with pytest.raises(Abandoned):
        give_up()
    assert words(database) == []


def test_a_snapshot_does_not_move(database: Engine) -> None:
    with snapshot(database) as session:
        assert session.scalars(select(WORDS.c.word)).all() == []
        other = threading.Thread(target=write, args=(database, "meanwhile"))
        other.start()
        other.join()
        assert session.scalars(select(WORDS.c.word)).all() == []
    assert words(database) == ["meanwhile"]


def write(engine: Engine, word: str) -> None:
    with transaction(engine) as session:
        say(session, word)


def test_an_instant_comes_back_as_it_went_whatever_its_offset(database: Engine) -> None:
    at = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=7)))
    with transaction(database) as session:
        session.execute(insert(WORDS).values(word="x", at=at))
    with snapshot(database) as session:
        back = session.scalar(select(WORDS.c.at))
    assert back == at
    assert back is not None
    assert back.tzinfo is UTC


def test_only_one_holds_what_is_exclusive(database: Engine) -> None:
    other = open_again(database.url.render_as_string(hide_password=False))
    with exclusive(database, "thing") as first, exclusive(other, "thing") as second, exclusive(other, "else") as third:
        assert (first, second, third) == (True, False, True)
    with exclusive(other, "thing") as again:
        assert again
    other.dispose()


def test_a_lock_held_by_a_transaction_is_held_until_its_end(database: Engine) -> None:
    with transaction(database) as session:
        assert hold(session, "one")
        if database.dialect.name == "postgresql":
            with transaction(database) as other:
                assert not hold(other, "one", wait=False)
                assert hold(other, "another", wait=False)
    with transaction(database) as session:
        assert hold(session, "one", wait=False)


def test_rows_that_are_there_are_passed_over(database: Engine) -> None:
    with transaction(database) as session:
        say(session, "old")
        rows = [{"word": "old"}, *({"word": f"new{n}"} for n in range(1200))]
        assert insert_missing(session, WORDS, rows, "word") == {f"new{n}" for n in range(1200)}


def test_an_event_is_claimed_once_and_forgotten_in_time(database: Engine) -> None:
    now, event = datetime.now(UTC), str(uuid4())
    with transaction(database) as session:
        assert inbox.claim(session, {event: 0}, now) == {event}
    with transaction(database) as session:
        assert inbox.claim(session, {event: 0}, now) == set()
        inbox.forget(session, now)
        assert inbox.claim(session, {event: 0}, now) == set()
        inbox.forget(session, now + timedelta(seconds=1))
        assert inbox.claim(session, {event: 0}, now) == {event}


def test_a_writer_answers_each_with_its_own_result_or_failure(database: Engine, writer: Writer) -> None:
    def fail(session: Session) -> None:
        say(session, "undone")
        raise Abandoned

    async def ask() -> list[object]:
        jobs = [writer.run(partial(say, word=f"w{n}")) for n in range(50)]
        return await asyncio.gather(*jobs, writer.run(fail), return_exceptions=True)

    *said, failure = asyncio.run(ask())
    assert said == [f"w{n}" for n in range(50)]
    assert isinstance(failure, Abandoned)
    assert sorted(words(database)) == sorted(f"w{n}" for n in range(50))


def test_a_writer_outlives_a_caller_that_went_away(database: Engine, writer: Writer) -> None:
    gate = threading.Event()

    async def leave() -> None:
        task = asyncio.ensure_future(writer.run(lambda session: gate.wait(5)))
        await asyncio.sleep(0.05)
        task.cancel()

    asyncio.run(leave())  # its loop is closed before the job is done
    gate.set()
    assert asyncio.run(writer.run(lambda session: say(session, "still here"))) == "still here"


def test_a_closed_writer_finishes_what_it_took_and_takes_no_more(database: Engine, writer: Writer) -> None:
    async def ask() -> tuple[list[str], object]:
        jobs = [asyncio.ensure_future(writer.run(partial(say, word=f"w{n}"))) for n in range(20)]
        await asyncio.sleep(0)
        await asyncio.to_thread(writer.close)
        refused = asyncio.wait_for(writer.run(lambda session: say(session, "late")), 5)
        return await asyncio.gather(*jobs), (await asyncio.gather(refused, return_exceptions=True))[0]

    said, refusal = asyncio.run(ask())
    assert said == [f"w{n}" for n in range(20)]
    assert isinstance(refusal, RuntimeError)
    assert sorted(words(database)) == sorted(said)


def test_a_reader_gives_tuples(database: Engine) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with transaction(database) as session:
        session.execute(insert(WORDS).values(word="a", at=at))
    rows = asyncio.run(Reader(database).rows("SELECT word, at FROM words WHERE word = :word", {"word": "a"}))
    assert [tuple(row) for row in rows] == [("a", micros(at))]


def test_our_own_mistakes_are_no_outage(database: Engine) -> None:
    with pytest.raises(DBAPIError) as mistake, transaction(database) as session:
        session.connection().exec_driver_sql("SELECT no_such_column FROM words")
    assert not is_outage(mistake.value)
    write(database, "a")
    with pytest.raises(IntegrityError) as twice:
        write(database, "a")
    assert not is_outage(twice.value)


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://nobody@127.0.0.1:1/none", "sqlite:////no/such/folder/file.sqlite"]
)
def test_a_database_that_is_not_there_is_an_outage(url: str) -> None:
    gone = open_again(url)
    with pytest.raises(DBAPIError) as away:
        write(gone, "a")
    assert is_outage(away.value)


@pytest.mark.parametrize(
    ("error", "outage"),
    [(OSError(errno.EMFILE, "x"), True), (OSError(errno.ENOSPC, "x"), True), (FileNotFoundError(2, "x"), False)],
)
def test_a_machine_that_has_no_more_of_something_is_an_outage(error: OSError, outage: bool) -> None:
    assert is_outage(error) == outage


def test_a_damaged_file_is_an_outage_and_no_records_fault(tmp_path: Path) -> None:
    path = tmp_path / "damaged.sqlite"
    path.write_text("no database" * 1000)
    with pytest.raises(DBAPIError) as damaged, transaction(open_again(f"sqlite:///{path}")) as session:
        session.connection().exec_driver_sql("SELECT 1 FROM sqlite_master")
    assert is_outage(damaged.value)


def test_groups_of_two_processes_that_wait_for_each_other_are_both_kept(database: Engine) -> None:
    writers, both_hold = [Writer(database), Writer(database)], [threading.Event(), threading.Event()]

    def work(session: Session, mine: int) -> str:
        if database.dialect.name != "postgresql":
            return say(session, f"of {mine}")  # on SQLite one writes after the other
        hold(session, f"lock {mine}")
        both_hold[mine].set()
        both_hold[1 - mine].wait(10)
        hold(session, f"lock {1 - mine}")
        return say(session, f"of {mine}")

    async def run_both() -> list[str]:
        return await asyncio.gather(*(each.run(partial(work, mine=n)) for n, each in enumerate(writers)))

    said = asyncio.run(run_both())
    assert said == ["of 0", "of 1"]
    assert sorted(words(database)) == said
    for each in writers:
        each.close()
