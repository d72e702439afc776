"""Full text search over the words of public reports, on both databases; only this module differs between them."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text
from sqlmodel import Session

from kit.db import empty_write_ahead_log, transaction

TABLE = "search"
"""Made by hand in a migration; SQLite adds shadow tables whose names begin with it."""


class Words(NamedTuple):
    """The words of one record, by its number."""

    number: int
    text: str


def create(connection: Connection) -> None:
    """Make the index. In SQLite the words themselves are not kept: the index alone is."""
    if connection.dialect.name == "sqlite":
        connection.execute(text(f"CREATE VIRTUAL TABLE {TABLE} USING fts5(words, content='')"))
        return
    connection.execute(text(f"CREATE TABLE {TABLE} (number BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)"))
    connection.execute(text(f"CREATE INDEX search_words ON {TABLE} USING gin (words)"))


def drop(connection: Connection) -> None:
    """Undo `create`."""
    connection.execute(text(f"DROP TABLE {TABLE}"))


def index(session: Session, records: Sequence[Words]) -> None:
    """Make new records findable by their words."""
    statement = (
        "INSERT INTO search (rowid, words) VALUES (:number, :words)"
        if _on_sqlite(session)
        else "INSERT INTO search (number, words) VALUES (:number, to_tsvector('simple', :words))"
    )
    _execute(session, statement, records)


def forget(session: Session, records: Sequence[Words]) -> None:
    """Take records out; `text` must be the one they were indexed by."""
    sqlite = _on_sqlite(session)
    statement = (
        "INSERT INTO search (search, rowid, words) VALUES ('delete', :number, :words)"
        if sqlite
        else "DELETE FROM search WHERE number = :number AND :words = :words"
    )
    _execute(session, statement, records)


def purge(engine: Engine) -> None:
    """Remove the words of deleted records from the file: until then SQLite keeps them there, marked as deleted.

    Takes as long as the index is large. PostgreSQL's autovacuum does the same in its own time.
    """
    if engine.dialect.name != "sqlite":
        return
    with transaction(engine) as session:
        session.connection().execute(text("INSERT INTO search (search) VALUES ('optimize')"))
    empty_write_ahead_log(engine)


class Finding(NamedTuple):
    """SQL about the rows of `record` whose words hold all of those in `:q` (see `query`); `:near` is `NEAR`."""

    hits: str
    """Selects one row for each, in no order."""
    rare: str
    """True of those rows; quick where there are few."""
    common: str
    """True of them too; quick where rows are looked at one by one, and there are many."""
    newest: str
    """True of those of the numbers in `newest`, some rows that are near each other in the order of lists."""
    newest_first: bool
    """Whether to look there costs less than to count `hits`."""
    apart: str
    """Behind a query with `rare`: keeps the database from testing rows one by one because of an outer LIMIT."""


NEAR = 500_000
"""Numbers among which SQLite looks for words at most, some 35 ms; if `newest` is wider, nothing is found."""
_BOUNDS = """(SELECT min(number) FROM newest) AND
(SELECT CASE WHEN max(number) - min(number) <= :near THEN max(number) ELSE min(number) - 1 END FROM newest)"""


def finding(dialect: str) -> Finding:
    """How words are found on this database."""
    if dialect == "sqlite":
        return Finding(
            "SELECT 1 FROM search WHERE search MATCH :q",
            "number IN (SELECT rowid FROM search WHERE search MATCH :q)",
            "+number IN (SELECT rowid FROM search WHERE search MATCH :q)",
            # A range of numbers is one place in the index; to look for each number by itself takes 0.1 ms.
            f"number IN (SELECT rowid FROM search WHERE search MATCH :q AND rowid BETWEEN {_BOUNDS})",  # noqa: S608
            newest_first=False,
            apart="",
        )
    of_one = "SELECT 1 FROM search WHERE search.number = {table}.number AND words @@ plainto_tsquery('simple', :q)"
    return Finding(
        "SELECT 1 FROM search WHERE words @@ plainto_tsquery('simple', :q)",
        "number IN (SELECT number FROM search WHERE words @@ plainto_tsquery('simple', :q))",
        f"EXISTS ({of_one.format(table='record')})",
        f"EXISTS ({of_one.format(table='newest')})",
        newest_first=True,
        apart=" OFFSET 0",
    )


def query(dialect: str, question: str) -> str | None:
    """What to bind to `:q`; null if the question has no word, and so finds nothing."""
    words = normal(question)
    if not words:
        return None
    return " ".join(f'"{word}"' for word in words.split()) if dialect == "sqlite" else words


def normal(written: str) -> str:
    """The words of a text, in small letters without accents, so that both databases split it alike.

    >>> normal("Jalan RUSAK, Désa-Kapas!")
    'jalan rusak desa kapas'
    """
    plain = written.casefold()
    if not plain.isascii():
        # Each character by itself: a long row of accents would be sorted, in quadratic time.
        apart = (part for character in plain for part in unicodedata.normalize("NFKD", character))
        plain = "".join(part for part in apart if not unicodedata.combining(part))
    return " ".join(re.findall(r"[^\W_]+", plain))


def _on_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _execute(session: Session, statement: str, records: Sequence[Words]) -> None:
    rows = [{"number": record.number, "words": normal(record.text)} for record in records]
    if rows:
        session.connection().execute(text(statement), rows)
