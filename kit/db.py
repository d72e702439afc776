"""Databases, SQLite and PostgreSQL: engines, transactions and fast reads.

Only this module, `kit.rows`, `kit.locks`, `kit.migrate`, `kit.turns`, `kit.wake`, `kit.listening` and publish's search
distinguish the two databases.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import URL, BigInteger, Dialect, Engine, Integer, MetaData, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session

from kit import wake
from kit.outage import OutcomeUnknown
from kit.patience import Patience

KIT = MetaData()
"""The kit's own tables (outbox, inbox, parked and others); every service's database has them."""

ROW_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that the database numbers itself; SQLite only numbers an INTEGER."""

LONG = 900.0
"""Seconds for a statement of a release: much of the database is read."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """An aware UTC time, kept as microseconds since 1970: the same bytes, order and precision on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


def micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware time, as `Instant` columns hold it.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def open_engine(url: str, patience: Patience | None = None) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql+psycopg://…`, set so that a commit survives a power cut."""
    if not url.startswith("sqlite"):
        from kit.postgres import open_postgres  # here: its driver is slow to load, and SQLite does not need it

        return open_postgres(url, patience or Patience())
    # Statements for many rows are long and differ by how many: each connection would keep megabytes of them.
    arguments = {"check_same_thread": False, "cached_statements": 16}
    engine = create_engine(url, hide_parameters=True, connect_args=arguments)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = (
        None  # `_begin_sqlite` begins transactions; the driver would begin them only at the first write
    )
    cursor = connection.cursor()
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "wal_autocheckpoint=4000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A writer that begins as a reader and upgrades later can deadlock with another one.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


_write_locks: dict[URL, threading.Lock] = {}


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Commit when the block succeeds; roll back when it raises. Nothing else commits.

    On SQLite, the writers of one process wait for a lock here, because SQLite polls for the file's lock. Raises
    `OutcomeUnknown` if the connection was lost during the commit.
    """
    sqlite = engine.dialect.name == "sqlite"
    lock = _write_locks.setdefault(engine.url, threading.Lock()) if sqlite else nullcontext()
    committing = False
    try:
        with lock, Session(engine, expire_on_commit=False, autoflush=False) as session, session.begin():
            yield session
            wake.notify(session)
            committing = True
    except DBAPIError as error:
        if committing and error.connection_invalidated:
            raise OutcomeUnknown("the database did not say whether it has kept this") from error
        raise
    wake.tell(session, engine)


@contextmanager
def snapshot(engine: Engine, *, long: bool = False) -> Iterator[Session]:
    """A read-only transaction: the block sees one state of the database, whatever others commit meanwhile.

    `long`: the block reads much and works between its statements, so it has a `LONG` time for each.
    """
    reading = engine.execution_options(reading=True)
    if engine.dialect.name == "postgresql":
        reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    patient = _long if long and engine.dialect.name == "postgresql" else nullcontext
    with Session(reading, expire_on_commit=False, autoflush=False) as session, session.begin(), patient(session):
        yield session


@contextmanager
def _long(session: Session) -> Iterator[None]:
    connection: Any = session.connection().connection.driver_connection
    session.execute(text(f"SET LOCAL statement_timeout = {int(LONG * 1000)}"))
    session.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = {int(LONG * 1000)}"))
    usual, connection.seconds = connection.seconds, LONG
    try:
        yield
    finally:
        connection.seconds = usual


def empty_write_ahead_log(engine: Engine) -> None:
    """On SQLite, copy the write-ahead log into the database file and empty it: it still holds erased content."""
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()


_STATEMENTS_KEPT = 1_000


class Reader:
    """Fast reads: SQL with `:names` in, tuples out, without an ORM's work for each row."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._local = threading.local()
        self._compiled: dict[str, tuple[str, list[str] | None]] = {}

    async def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of a SELECT. `Instant` columns come as microseconds (see `micros`)."""
        if self._engine.dialect.name == "sqlite":
            return self.rows_now(sql, params)  # a thread would take longer than the query
        return await asyncio.to_thread(self.rows_now, sql, params)

    def rows_now(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """As `rows`, but blocks the thread."""
        statement, names = self._compile(sql)
        values: Any = params or {}
        if names is not None:
            values = tuple(values[name] for name in names)
        if self._engine.dialect.name == "sqlite":
            return list(self._sqlite().execute(statement, values))
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            return list(cursor.fetchall())
        except Exception:
            if getattr(connection.driver_connection, "closed", False):
                connection.invalidate()
                self._engine.dispose(close=False)  # the other connections are as old: none of them is tried first
            raise
        finally:
            connection.close()

    def _sqlite(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            path = f"file:{self._engine.url.database}?mode=ro"
            connection = sqlite3.connect(path, uri=True, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA busy_timeout=30000")
            self._local.connection = connection
        return connection

    def _compile(self, sql: str) -> tuple[str, list[str] | None]:
        if sql not in self._compiled:
            if len(self._compiled) >= _STATEMENTS_KEPT:  # callers choose the filters, and each set is a statement
                self._compiled.clear()
            compiled = text(sql).compile(dialect=self._engine.dialect)
            names = list(compiled.positiontup) if compiled.positional and compiled.positiontup is not None else None
            if compiled.positional and names is None:
                names = []
            self._compiled[sql] = (str(compiled), names)
        return self._compiled[sql]
