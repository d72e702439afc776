"""Runs PostgreSQL's own programs: `pg_dump` of a snapshot, and a restore that is one transaction."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg.conninfo import conninfo_to_dict

from pendapa.backups.hidings import Ask
from pendapa.fault import Fault
from pendapa.live import LiveUnavailable
from pendapa.live.postgres import find
from pendapa.live.process import die_with_parent

_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
PUBLIC = "public"
"""The schema with the tables of now."""
ASIDE = "before_restoring"
"""The schema with the tables of before, until all databases are restored."""


class DatabaseSnapshot(NamedTuple):
    """One state of a database, which lives as long as its connection."""

    url: str
    connection: psycopg.Connection
    name: str


@contextmanager
def snapshot_of(url: str) -> Iterator[DatabaseSnapshot]:
    """Export a snapshot of the database at `postgresql+psycopg://…`. Raises `Fault`."""
    with _connected(url) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        [name] = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        yield DatabaseSnapshot(url, connection, str(name))
        connection.execute("ROLLBACK")


def dump(of: DatabaseSnapshot, to: Path) -> None:
    """Write the snapshot's tables to a file that is there. Raises `Fault`."""
    options = ("--format=custom", "--no-owner", "--no-privileges", f"--schema={PUBLIC}", f"--snapshot={of.name}")
    _run("pg_dump", of.url, *options, f"--file={to}")


def restore(file: Path | None, url: str, script: Path) -> None:
    """Bring the tables of a dump into a database: all of them or, if this is stopped, none. Null: leave it empty.

    Those that were there get the schema `ASIDE`. Where that is there already, an earlier restore was stopped after this
    database, and what it brought is replaced. `script`: where the statements may be written. Raises `Fault`.
    """
    words = _make_way(url)
    if file is None:
        script.write_text("CREATE SCHEMA public;\n")
    else:
        _run("pg_restore", None, "--no-owner", "--no-privileges", f"--file={script}", str(file))
    options = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
    _run("psql", url, *options, f"--command={words}", f"--file={script}")


def _make_way(url: str) -> str:
    """The statement that takes away the tables that are there."""
    found = schemas(url)
    if ASIDE in found:
        return f"DROP SCHEMA IF EXISTS {PUBLIC} CASCADE"
    return f"ALTER SCHEMA {PUBLIC} RENAME TO {ASIDE}" if PUBLIC in found else "SELECT 1"


def name_aside(url: str) -> str | None:
    """Give the tables of before a schema that stays, once the restore is whole; return its name."""
    found = schemas(url)
    if ASIDE not in found:
        return None
    number = 1
    while (name := f"before_{number}") in found:
        number += 1
    with _connected(url) as connection:
        connection.execute(f"ALTER SCHEMA {ASIDE} RENAME TO {name}".encode())
    return name


def had_tables(url: str, name: str) -> bool:
    """Whether the tables of before, which a new database has not, are there; `name`: one of them."""
    with _connected(url) as connection:
        there = connection.execute("SELECT to_regclass(%s)", [f"{ASIDE}.{name}"]).fetchone()
    return there is not None and there[0] is not None


def asking(urls: Mapping[str, str], schema: str) -> Ask:
    """Asks the tables in this schema of each service's database."""

    def ask(service: str, query: str) -> Sequence[Sequence[Any]]:
        with _connected(urls[service]) as connection:
            connection.execute(f"SET search_path TO {schema}".encode())
            try:
                return connection.execute(query.encode()).fetchall()
            except psycopg.Error as error:
                raise Fault(f"The tables of {service} in {schema} cannot be read: {error}", 1) from error

    return ask


def schemas(url: str) -> list[str]:
    """The names of the schemas in a database."""
    with _connected(url) as connection:
        return [str(name) for [name] in connection.execute("SELECT nspname FROM pg_namespace")]


def check_alone(service: str, url: str) -> None:
    """Raise `Fault` while any process is connected to the database."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    with _connected(url) as connection:
        [count] = connection.execute(others).fetchone() or (0,)
    if count:
        raise Fault(f"{count} processes are connected to the database of {service}: stop them first", 1)


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    try:
        with psycopg.connect(_plain(url), autocommit=True, connect_timeout=10) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise Fault(f"A database cannot be used: {' '.join(str(error).split())}", 1) from error


def _plain(url: str) -> str:
    return url.replace("+psycopg", "", 1)


def _run(program: str, url: str | None, *arguments: str) -> None:
    environment = dict(os.environ)
    if url is not None:  # not as an argument, which every user of the machine can read
        told = conninfo_to_dict(_plain(url))
        environment |= {_VARIABLES[name]: str(value) for name, value in told.items() if name in _VARIABLES}
    done = subprocess.run(  # noqa: S603  # PostgreSQL's own
        [_found(program), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    if done.returncode != 0:
        raise Fault(f"{program} failed: {_last(done.stderr.splitlines())}", 1)


def _found(program: str) -> str:
    """Ours where they are installed, as those of the machine may be older than the server; else the machine's."""
    try:
        return str(find() / program)
    except LiveUnavailable as error:
        if there := shutil.which(program):
            return there
        raise Fault(f"{program} is not here: apt-get install postgresql-client", 1) from error


def _last(lines: Sequence[str]) -> str:
    return lines[-1] if lines else "it said nothing"
