"""Applies a service's migrations to its database; each `migrations/env.py` calls `run_env`.

`python -m kit.migrate intake` only applies the migrations, as intake's own processes do when they start.
"""

import argparse
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, inspect, text

from kit import answered, clock, contract, gaps, inbox, outbox, parked, positions, waiting  # noqa: F401  # their tables are in KIT once imported
from kit.db import KIT, open_engine
from kit.locks import exclusive

logger = logging.getLogger(__name__)

TOLD_AFTER = 10.0
_ROOT = Path(__file__).resolve().parents[1]
_alembic = threading.Lock()  # Alembic's `context` and `op` are one per process


def upgrade(database_url: str, service: str) -> None:
    """Apply the missing migrations. Of several processes at once, one applies them and the others wait.

    Raises `TooOld` if the database was migrated by a version beside which this one may not write.
    """
    newest = newest_migration(service)
    engine = open_engine(database_url)
    try:
        contract.check(engine, newest)
        if _reached(engine, newest):
            return
        with _alone(engine):
            if not _reached(engine, newest):
                _upgrade(database_url, service)
    finally:
        engine.dispose()


def run_env(metadata: MetaData, ignore: Sequence[str] = ()) -> None:
    """The whole of an `env.py`, under the lock of `upgrade`.

    `ignore`: tables made by hand in a migration, which no metadata describes.
    """
    from alembic import context

    attributes = context.config.attributes
    engine = open_engine(attributes.get("database_url") or _url_in_environment(context.config.config_ini_section))
    with nullcontext() if attributes.get("alone") else _alone(engine), engine.connect() as connection:
        _limit_waiting(connection)
        context.configure(
            connection=connection,
            target_metadata=[metadata, KIT],
            compare_type=True,
            render_as_batch=True,
            transactional_ddl=True,  # SQLite can, since `kit.db` begins its transactions
            include_name=lambda name, kind, _: kind != "table" or not str(name).startswith(tuple(ignore) or ("\0",)),
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


def main() -> None:
    """Bring one service's database up to date. Its address is in `SERVICE_DATABASE_URL`."""
    services = sorted(folder.parent.name for folder in _ROOT.glob("services/*/migrations"))
    parser = argparse.ArgumentParser(prog="python -m kit.migrate", description=main.__doc__)
    parser.add_argument("service", choices=services)
    service = parser.parse_args().service
    upgrade(_url_in_environment(service), service)


def _url_in_environment(service: str) -> str:
    return os.environ[f"{service.upper()}_DATABASE_URL"]


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Wait for the migration lock of this database and hold it for the block."""
    began, told = time.monotonic(), False
    while True:
        with exclusive(engine, "migrate") as alone:
            if alone:
                yield
                return
        if not told and time.monotonic() - began > TOLD_AFTER:
            told = True
            logger.warning("another process has applied migrations for %.0f s; this one waits", TOLD_AFTER)
        time.sleep(0.1)


def check_version(engine: Engine, service: str) -> None:
    """Raise `TooOld` if the database was migrated since by a version beside which this one may not write."""
    contract.check(engine, newest_migration(service))


@cache
def newest_migration(service: str) -> str:
    """The highest number among the files of `services/SERVICE/migrations/versions`, such as "0001"."""
    files = (_ROOT / "services" / service / "migrations" / "versions").glob("[0-9]*_*.py")
    return max(file.name.split("_", 1)[0] for file in files)


def _reached(engine: Engine, newest: str) -> bool:
    # A database that is ahead was migrated by a newer version; migrations only add, so this version can use it.
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        current = connection.scalar(text("SELECT max(version_num) FROM alembic_version"))
    return current is not None and str(current) >= newest


def _upgrade(database_url: str, service: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(config_args={"path_separator": "os"}, ini_section=service)
    config.set_main_option("script_location", str(_ROOT / "services" / service / "migrations").replace("%", "%%"))
    config.attributes["database_url"] = database_url
    config.attributes["alone"] = True
    with _alembic:
        command.upgrade(config, "head")


def _limit_waiting(connection: Connection) -> None:
    """Let a migration fail if it does not get its lock within seconds, rather than block all traffic behind it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET lock_timeout = '4s'"))
        connection.execute(text("SET statement_timeout = '15min'"))
        driver: Any = connection.connection.driver_connection
        driver.seconds = 900.0
        connection.commit()


if __name__ == "__main__":
    main()
