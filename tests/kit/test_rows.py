"""Many rows in one statement: the same on both databases, whatever the types, and however many there are."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Double,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    event,
    select,
)
from sqlalchemy.exc import DataError, IntegrityError

from kit.db import Instant, open_engine, transaction
from kit.rows import among, insert_all, insert_missing, insert_returning, insert_tuples, insert_unless_there

METADATA = MetaData()
THING = Table(
    "order",  # a word of SQL
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("name", String, nullable=False, unique=True),
    Column("at", Instant),
    Column("body", LargeBinary),
    Column("size", Double),
    Column("group", Boolean),
    Column("note", String(8)),
)
AT = datetime(2026, 11, 24, 12, tzinfo=timezone(timedelta(hours=7)))


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", take_no_more_than_sqlite_does)
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def take_no_more_than_sqlite_does(connection: sqlite3.Connection, _: object) -> None:
    """A distribution's build may take more parameters in a statement than SQLite's own."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)


def thing(name: str) -> dict[str, object]:
    return {"name": name, "at": AT, "body": b"\0\xff", "size": 1.5, "group": True}


def test_every_type_reads_back_as_it_was(database: Engine) -> None:
    nothing = {"name": "b", "at": None, "body": None, "size": None, "group": None}
    with transaction(database) as session:
        insert_all(session, THING, [thing("a")])
        insert_all(session, THING, [nothing])
        insert_all(session, THING, [thing("c"), {**nothing, "name": "d", "size": 7}])
        insert_all(session, THING, [])
    with transaction(database) as session:
        found = session.execute(select(THING).order_by(THING.c.name)).all()
    assert [tuple(row)[1:-1] for row in found] == [
        ("a", AT.astimezone(UTC), b"\0\xff", 1.5, True),
        ("b", None, None, None, None),
        ("c", AT.astimezone(UTC), b"\0\xff", 1.5, True),
        ("d", None, None, 7.0, None),
    ]


@pytest.mark.parametrize(
    "odd",
    ["", "null", "NULL", '"', "\\", '\\"', "{a,b}", "a, b", "two\nlines\ttab", " \u2028 ", "😀", "\x01", "Ā'%s;--"],
)
def test_every_text_reads_back_as_it_was(database: Engine, odd: str) -> None:
    with transaction(database) as session:
        insert_tuples(session, THING, ("name", "at", "group"), [(odd, AT, True), (f"{odd}2", None, None)])
        insert_tuples(session, THING, ("name",), [])
    with transaction(database) as session:
        found = session.execute(select(THING.c.name, THING.c.at, THING.c.group).order_by(THING.c.number)).all()
    assert found == [(odd, AT.astimezone(UTC), True), (f"{odd}2", None, None)]


def test_more_rows_than_one_statement_takes_all_come_in(database: Engine) -> None:
    rows = [thing(f"n{n}") for n in range(15_000)]
    with transaction(database) as session:
        numbers = dict(insert_returning(session, THING, rows, "name", "number"))
    assert len(set(numbers.values())) == len(numbers) == 15_000


@pytest.mark.parametrize("count", [2, 9, 15_000])
def test_what_is_there_is_passed_over_and_the_rest_named(database: Engine, count: int) -> None:
    with transaction(database) as session:
        insert_all(session, THING, [thing("n1")])
        rows = [thing(f"n{n}") for n in range(count)]
        assert insert_missing(session, THING, rows, "name") == {f"n{n}" for n in range(count)} - {"n1"}
        assert insert_missing(session, THING, rows, "name") == set()
        new = [thing(f"m{n}") for n in range(count)]
        assert insert_missing(session, THING, [*new, *new], "name") == {f"m{n}" for n in range(count)}
        assert len(session.execute(select(THING.c.name)).all()) == 2 * count


@pytest.mark.parametrize("count", [1, 9])
def test_a_key_may_be_named_by_a_word_of_sql(database: Engine, count: int) -> None:
    with transaction(database) as session:
        insert_all(session, THING, [thing("n0")])
        assert insert_missing(session, THING, [thing(f"n{n}") for n in range(count + 1)], "group") == {True}


def test_a_row_that_breaks_a_key_breaks_the_transaction(database: Engine) -> None:
    with pytest.raises(IntegrityError), transaction(database) as session:
        insert_all(session, THING, [thing("a"), thing("a")])
    with transaction(database) as session:
        assert session.execute(select(THING)).all() == []


@pytest.mark.parametrize("count", [0, 1, 40_000])
def test_rows_are_found_and_dropped_by_as_many_values_as_there_are(database: Engine, count: int) -> None:
    with transaction(database) as session:
        insert_all(session, THING, [thing("n0"), thing("n'1"), thing("other")])
        names = [f"n{n}" for n in range(count)] + ["n'1"]
        found = set(session.scalars(select(THING.c.name).where(among(session, THING.c.name, names))))
        assert found == {"n0", "n'1"} if count else {"n'1"}
        numbers = list(session.scalars(select(THING.c.number).where(THING.c.name == "n0")))
        session.execute(delete(THING).where(among(session, THING.c.number, numbers)))
        assert set(session.scalars(select(THING.c.name))) == {"n'1", "other"}


def test_what_is_longer_than_its_column_is_not_found(database: Engine) -> None:
    with transaction(database) as session:
        insert_all(session, THING, [{**thing("a"), "note": "12345678"}])
        assert insert_returning(session, THING, [thing("b")], "group") in ([(True,)], [(1,)])
        assert session.scalars(select(THING.c.name).where(among(session, THING.c.note, ["123456789"]))).all() == []
        assert session.scalars(select(THING.c.name).where(among(session, THING.c.note, ["12345678"]))).all() == ["a"]


@pytest.mark.live
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite knows no lengths
def test_what_is_too_long_is_refused_and_not_cut(database: Engine) -> None:
    with pytest.raises(DataError), transaction(database) as session:
        insert_all(session, THING, [{**thing("a"), "note": "nine long"}])


def test_what_is_there_stays_as_it_is_when_nobody_asks_for_it(database: Engine) -> None:
    with transaction(database) as session:
        insert_unless_there(session, THING, [thing("a")])
        insert_unless_there(session, THING, [{**thing("a"), "size": 9.0}, thing("b"), thing("b")])
        insert_unless_there(session, THING, [])
        found = session.execute(select(THING.c.name, THING.c.size).order_by(THING.c.name)).all()
    assert [tuple(row) for row in found] == [("a", 1.5), ("b", 1.5)]
