"""Many rows in one statement, without the work that SQLAlchemy does for each value of an `executemany`."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from sqlalchemy import CursorResult, Dialect, LargeBinary, Table
from sqlmodel import Session

_PARAMETERS = 30_000
"""In one statement; SQLite takes 32,766 and PostgreSQL 65,535."""
_FEW = 8

Row = Mapping[str, Any]


class _Process(Protocol):
    def __call__(self, value: Any) -> Any: ...


class _Shape(NamedTuple):
    """What an INSERT of these columns begins with, one row's placeholders, and the columns whose values change."""

    head: str
    group: str
    processes: tuple[tuple[int, _Process], ...]


def insert_all(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert the `rows`, which all name the same columns. Defaults of the table's models are not looked at."""
    for _ in _insert(session, table, rows, ""):
        pass


def insert_returning(session: Session, table: Table, rows: Sequence[Row], *columns: str) -> list[tuple[Any, ...]]:
    """The same; these columns of what was inserted, in no order."""
    inserted = _insert(session, table, rows, f" RETURNING {', '.join(columns)}")
    return [tuple(row) for result in inserted for row in result.all()]


def insert_missing(session: Session, table: Table, rows: Sequence[Row], key: str) -> set[Any]:
    """Insert the `rows` that break no unique key; return the values of column `key` of those inserted.

    The database decides, not a look before the leap: two deliveries of one message can arrive at once.
    """
    if len(rows) > _FEW and _insert_if_all_new(session, table, rows):
        return {row[key] for row in rows}
    inserted = _insert(session, table, rows, f" ON CONFLICT DO NOTHING RETURNING {key}")
    return {value for result in inserted for (value,) in result.all()}


def _insert_if_all_new(session: Session, table: Table, rows: Sequence[Row]) -> bool:
    """Insert every row, or none: nearly always all are new, and to hear of each takes longer than to insert it."""
    attempt = session.connection().begin_nested()
    if sum(result.rowcount for result in _insert(session, table, rows, " ON CONFLICT DO NOTHING")) == len(rows):
        attempt.commit()
        return True
    attempt.rollback()
    return False


def _insert(session: Session, table: Table, rows: Sequence[Row], tail: str) -> Iterator[CursorResult[Any]]:
    if not rows:
        return
    connection, names = session.connection(), tuple(rows[0])
    shape = _shape(table, names, connection.dialect)
    some = _PARAMETERS // len(names)
    for begin in range(0, len(rows), some):
        chunk = rows[begin : begin + some]
        values = [row[name] for row in chunk for name in names]
        for at, process in shape.processes:
            values[at :: len(names)] = map(process, values[at :: len(names)])
        statement = f"{shape.head}{', '.join([shape.group] * len(chunk))}{tail}"
        yield connection.exec_driver_sql(statement, tuple(values), {"preserve_rowcount": True})


@lru_cache(maxsize=256)
def _shape(table: Table, names: tuple[str, ...], dialect: Dialect) -> _Shape:
    quote, mark = dialect.identifier_preparer, "?" if dialect.paramstyle == "qmark" else "%s"
    columns = ", ".join(quote.quote(name) for name in names)
    types = {at: table.c[name].type for at, name in enumerate(names)}
    # Both drivers take bytes as they are.
    processed = {at: kind for at, kind in types.items() if not isinstance(kind, LargeBinary)}
    found = ((at, kind.dialect_impl(dialect).bind_processor(dialect)) for at, kind in processed.items())
    return _Shape(
        f"INSERT INTO {quote.format_table(table)} ({columns}) VALUES ",  # noqa: S608  # names of our own tables
        f"({', '.join([mark] * len(names))})",
        tuple((at, process) for at, process in found if process is not None),
    )
