"""Many rows in one statement, without the work that SQLAlchemy does for each value of an `executemany`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ColumnElement,
    CursorResult,
    Dialect,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Session

from kit.arrays import array_text
from kit.db import Instant, micros

_PARAMETERS = 30_000
"""In one statement; SQLite takes 32,766."""
_FEW = 8
_WRITTEN = (Boolean, Integer, String)

Row = Mapping[str, Any]


Process = Callable[[Any], Any]


class _Shape(NamedTuple):
    """The parts of an INSERT into certain columns: its head, the placeholders, and how values are converted."""

    head: str
    group: str
    """The placeholders of one row; of all rows if it `unnests`."""
    processes: tuple[tuple[int, Process], ...]
    written: tuple[int, ...]
    """Which columns are sent as the text of an array."""
    unnests: bool
    """Whether each parameter is the array of a whole column."""


def insert_all(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert the `rows`, which all name the same columns, each of one type of value or null.

    Defaults of the table's models are ignored.
    """
    for _ in _insert(session, table, rows, ""):
        pass


def insert_tuples(session: Session, table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """As `insert_all`, for rows that have the values of the columns `names` in this order."""
    if rows:
        for _ in _insert_columns(session, table, names, list(zip(*rows, strict=True)), ""):
            pass


def insert_returning(session: Session, table: Table, rows: Sequence[Row], *columns: str) -> list[tuple[Any, ...]]:
    """As `insert_all`; return these columns of the inserted rows, as the driver has them, in no order."""
    quote = session.get_bind().dialect.identifier_preparer.quote
    inserted = _insert(session, table, rows, f" RETURNING {', '.join(map(quote, columns))}")
    return [tuple(row) for result in inserted for row in result.all()]


def insert_missing(session: Session, table: Table, rows: Sequence[Row], key: str) -> set[Any]:
    """Insert the `rows` that break no unique key; return the values of column `key` of those inserted.

    The database checks, because two deliveries of one message can arrive at the same time.
    """
    if len(rows) > _FEW and _insert_if_all_new(session, table, rows):
        return {row[key] for row in rows}
    quoted = session.get_bind().dialect.identifier_preparer.quote(key)
    inserted = _insert(session, table, rows, f" ON CONFLICT DO NOTHING RETURNING {quoted}")
    return {value for result in inserted for (value,) in result.all()}


def insert_unless_there(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert the `rows` that break no unique key; which ones these are is not told."""
    for _ in _insert(session, table, rows, " ON CONFLICT DO NOTHING"):
        pass


def insert_greater(session: Session, table: Table, rows: Sequence[Row], *, key: str, value: str) -> None:
    """Insert the `rows`, one for each unique `key`; a row that is there takes the new `value` if that is greater."""
    quoted, name = (session.get_bind().dialect.identifier_preparer.quote(each) for each in (key, value))
    tail = f" ON CONFLICT ({quoted}) DO UPDATE SET {name} = excluded.{name} WHERE {table.name}.{name} < excluded.{name}"
    for _ in _insert(session, table, rows, tail):
        pass


def insert_or_set(session: Session, table: Table, rows: Sequence[Row], *, keys: Sequence[str], value: str) -> None:
    """Insert the `rows`, one for each combination of `keys`; a row that is there takes the new `value`."""
    quote = session.get_bind().dialect.identifier_preparer.quote
    tail = f" ON CONFLICT ({', '.join(map(quote, keys))}) DO UPDATE SET {quote(value)} = excluded.{quote(value)}"
    for _ in _insert(session, table, rows, tail):
        pass


def _insert_if_all_new(session: Session, table: Table, rows: Sequence[Row]) -> bool:
    """Insert all rows or no row: nearly always all are new, and to return each key takes longer than to insert it."""
    connection = session.connection()
    connection.exec_driver_sql("SAVEPOINT all_new")  # by hand: SQLAlchemy's own takes as long as a few rows
    new = sum(result.rowcount for result in _insert(session, table, rows, " ON CONFLICT DO NOTHING"))
    if new != len(rows):
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT all_new")
    connection.exec_driver_sql("RELEASE SAVEPOINT all_new")
    return new == len(rows)


def among(session: Session, column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Whether `column` is one of many `values`, which are sent as one parameter: the statement is always the same."""
    if session.get_bind().dialect.name == "postgresql":
        kind = (
            Text() if isinstance(column.type, String) else column.type
        )  # a cast to VARCHAR(8) would cut longer values
        return column == any_(bindparam(None, list(values), ARRAY(kind)))
    each = func.json_each(orjson.dumps(list(values)).decode()).table_valued("value")
    return column.in_(select(each.c.value))


def _insert(session: Session, table: Table, rows: Sequence[Row], tail: str) -> Iterator[CursorResult[Any]]:
    if not rows:
        return iter(())
    names = tuple(rows[0])
    return _insert_columns(session, table, names, [list(map(itemgetter(name), rows)) for name in names], tail)


def _insert_columns(
    session: Session, table: Table, names: tuple[str, ...], columns: Sequence[Sequence[Any]], tail: str
) -> Iterator[CursorResult[Any]]:
    connection, rows = session.connection(), len(columns[0])
    shape = _shape(table, names, connection.dialect)
    some = rows if shape.unnests else _PARAMETERS // len(names)
    for begin in range(0, rows, some):
        chunk = [column[begin : begin + some] for column in columns]
        for at, process in shape.processes:
            chunk[at] = list(map(process, chunk[at]))
        if shape.unnests:
            values: list[Any] = list(map(list, chunk))
            for at in shape.written:
                values[at] = array_text(values[at])
            statement = shape.head + shape.group + tail
        else:
            statement = shape.head + ", ".join([shape.group] * len(chunk[0])) + tail
            values = list(chain.from_iterable(zip(*chunk, strict=True)))
        yield connection.exec_driver_sql(statement, tuple(values), {"preserve_rowcount": True})


@lru_cache(maxsize=256)
def _shape(table: Table, names: tuple[str, ...], dialect: Dialect) -> _Shape:
    quote, types = dialect.identifier_preparer, [table.c[name].type for name in names]
    head = f"INSERT INTO {quote.format_table(table)} ({', '.join(map(quote.quote, names))}) "
    converters = ((at, _process(kind, dialect)) for at, kind in enumerate(types))
    processes = tuple((at, process) for at, process in converters if process is not None)
    if dialect.name != "postgresql":
        return _Shape(f"{head}VALUES ", f"({', '.join('?' * len(names))})", processes, (), unnests=False)
    # One parameter for a whole column: psycopg is slow to parse a statement with thousands of parameters.
    written = tuple(at for at, kind in enumerate(types) if isinstance(_stored(kind), _WRITTEN))
    formats = ("t" if at in written else "b" for at in range(len(types)))
    arrays = ", ".join(f"%{each}::{_array(kind, dialect)}" for each, kind in zip(formats, types, strict=True))
    return _Shape(head, f"SELECT * FROM unnest({arrays})", processes, written, unnests=True)  # noqa: S608  # names of types


def _process(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    if isinstance(kind, LargeBinary):
        return None  # both drivers take bytes as they are
    if isinstance(kind, Float):
        return lambda value: None if value is None else float(value)  # an array has one type
    if isinstance(kind, Instant):
        return lambda value: None if value is None else micros(value)
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _stored(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type as the database has it."""
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _array(kind: TypeEngine[Any], dialect: Dialect) -> str:
    # A cast to VARCHAR(8) would cut a longer value; without it, the insert fails as it should.
    return "TEXT[]" if isinstance(kind, String) else f"{kind.compile(dialect)}[]"
