"""Whether each store can be read, is whole, and has what the store before it on a report's way has."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from kit import contract
from kit.db import open_engine, snapshot
from kit.migrate import newest_migration

_SHOWN = 20
"""Faults of one file that are told; there may be thousands, of one cause."""


def usable(urls: Mapping[str, str], bus: Path | None) -> Iterator[str]:
    """A line for each fault of the databases, by service, and of the bus's file, where it is one."""
    for service, url in urls.items():
        if url.startswith("sqlite"):
            yield from _file_faults(Path(url.removeprefix("sqlite:///")))
        yield from _version_faults(service, url)
    if bus is not None:
        yield from _file_faults(bus)


def ahead(urls: Mapping[str, str]) -> Iterator[str]:
    """Reports that a service has and the one before it lacks, as after an older copy of that one was brought back.

    Asked in this order, what is on its way meanwhile is no fault.
    """
    ids = {}
    for service, query in (
        ("publish", "SELECT id FROM record"),
        ("routing", 'SELECT id FROM "case"'),
        ("intake", "SELECT id FROM report"),
    ):
        engine = open_engine(urls[service])
        with snapshot(engine) as session:
            ids[service] = set(session.scalars(text(query)))
        engine.dispose()
    for later, earlier in (("publish", "routing"), ("routing", "intake")):
        lacking = sorted(ids[later] - ids[earlier])
        if lacking:
            yield f"{earlier} lacks {len(lacking)} reports that {later} has, the first is {lacking[0]}"


def _file_faults(file: Path) -> Iterator[str]:
    if not file.is_file():
        yield f"{file.name} is not there"
        return
    try:
        # Never opened as a file: to close it would take this process's locks of the database.
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as store:
            found = [said for [said] in store.execute(f"PRAGMA integrity_check({_SHOWN})") if said != "ok"]
            yield from (f"{file.name} is damaged: {' '.join(said.split())}" for said in found)
            for table, row, *_ in store.execute("PRAGMA foreign_key_check").fetchmany(_SHOWN):
                yield f"{file.name}: row {row} of {table} refers to a row that is not there"
    except sqlite3.DatabaseError as error:
        yield f"{file.name} cannot be read: {error}"


def _version_faults(service: str, url: str) -> Iterator[str]:
    known = newest_migration(service)
    try:
        engine = open_engine(url)
        try:
            contract.check(engine, known)
            found = _version(engine)
        finally:
            engine.dispose()
    except contract.TooOld as error:
        yield f"{service}: {error}"
    except DBAPIError as error:
        yield f"{service}: the database cannot be used: {' '.join(str(error.orig).split())}"
    else:
        if found is None:
            yield f"{service}: the database has no tables"
        elif found < known:
            yield f"{service}: the database has migrations up to {found}, and this version wants {known}: start it"


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(text("SELECT max(version_num) FROM alembic_version"))
        return None if found is None else str(found)
