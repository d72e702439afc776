"""What every test may ask for: a fresh database of each kind, and the run's one Kafka and one PostgreSQL."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine

from kit import clock, inbox, migrate, outbox, parked, positions, waiting  # noqa: F401  # their tables are in KIT once imported
from kit.db import KIT, empty_write_ahead_log, open_engine
from tests.servers import Servers, memory

_SERVERS = pytest.StashKey[Servers]()
_SYSTEMS = ("system", "cluster", "document", "town", "lived_in", "grown", "earlier_system", "copy")
"""Fixtures that take long to start and serve many tests: these tests share one, so one process has them all."""
_LONG = ("journey", "live")
"""Folders of tests that start whole systems."""


def pytest_configure(config: pytest.Config) -> None:
    told = getattr(config, "workerinput", None)
    if told is None:  # the process that the person started; with -n the tests run in its children
        config.stash[_SERVERS] = servers = Servers(Path(mkdtemp(prefix="pendapa-", dir=memory())), os.getpid())
        config.option.basetemp = config.option.basetemp or servers.folder / "tmp"
    else:
        config.stash[_SERVERS] = Servers(Path(told["servers"]), told["run"])
        # Linux shares the processor among sessions (sched_autogroup). Each process of a running system has one: tests
        # that all shared another would have what a tenth of the processor leaves each. They end with their channel.
        os.setsid()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    servers = node.config.stash[_SERVERS]  # type: ignore[attr-defined]  # xdist has no types
    node.workerinput |= {"servers": str(servers.folder), "run": os.getpid()}  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Where a server was started, its keeper clears the folder away."""
    folder = config.stash[_SERVERS].folder
    if not hasattr(config, "workerinput") and not list(folder.glob("*.address")):
        shutil.rmtree(folder, ignore_errors=True)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep the tests of one running system in one process."""
    if isinstance(item, pytest.Function) and (group := _group(item)):
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a process of many, spread the tests that take long over the first half of the run.

    At once they would starve each other; at its end two processes would have nothing to do while one works.
    """
    if not hasattr(config, "workerinput"):
        return  # one process goes through the tests file by file, and so starts each system once
    long: dict[str, list[pytest.Item]] = {}
    short: list[pytest.Item] = []
    for item in items:
        if item.path.parent.name in _LONG:
            mark = item.get_closest_marker("xdist_group")
            long.setdefault(mark.args[0] if mark else item.nodeid, []).append(item)
        else:
            short.append(item)
    if not long:
        return
    step = len(short) // (2 * len(long))
    units = sorted(long.values(), key=len, reverse=True)
    spread = [each for n, unit in enumerate(units) for each in (*unit, *short[n * step : (n + 1) * step])]
    items[:] = spread + short[len(units) * step :]


def _group(item: pytest.Function) -> str:
    """The running system that a test shares with others: where its fixture is shared, and its parameter."""
    for name in _SYSTEMS:
        for fixture in item._fixtureinfo.name2fixturedefs.get(name, ())[-1:]:
            shared_by = item.path.parent if fixture.scope == "package" else item.path
            parameters = item.callspec.params if hasattr(item, "callspec") else {}
            return f"{shared_by.name}-{parameters.get(name, '')}"
    return ""


@pytest.fixture(autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies of logs are kept per user; a test that starts from a kept folder must not find those of another test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    return pytestconfig.stash[_SERVERS]


@pytest.fixture(scope="session")
def kafka_servers(servers: Servers) -> str:
    """`HOST:PORT` of the run's broker. All tests share it: what a test makes there has a name of its own."""
    return servers.kafka()


@pytest.fixture(scope="session")
def postgres_server(servers: Servers) -> str:
    """The URL of a superuser's database on the run's server."""
    return servers.postgres()


@pytest.fixture
def template() -> str | None:
    """The service whose newest tables a fresh database has. None: it is empty."""
    return None


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.live)])
def database_url(
    request: pytest.FixtureRequest, servers: Servers, template: str | None, tmp_path: Path
) -> Iterator[str]:
    """A fresh database, empty or with the tables of `template`; migrated once a run, and copied."""
    if request.param == "sqlite":
        file = tmp_path / "rows.sqlite"
        if template:
            shutil.copyfile(_sqlite_template(servers, template), file)
        yield f"sqlite:///{file}"
        return
    server: str = request.getfixturevalue("postgres_server")
    source = _postgres_template(servers, server, template) if template else "template1"
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {source}".encode())
        yield _beside(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _sqlite_template(servers: Servers, service: str) -> Path:
    file = servers.folder / f"{service}.sqlite"
    with servers.once(file.name) as first:
        if first:
            migrate.upgrade(f"sqlite:///{file}", service)
            engine = open_engine(f"sqlite:///{file}")
            empty_write_ahead_log(engine)
            engine.dispose()
    return file


def _postgres_template(servers: Servers, server: str, service: str) -> str:
    name = f"{service}_template"
    with servers.once(name) as first:
        if first:
            with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}".encode())
            migrate.upgrade(_beside(server, name), service)
    return name


def _beside(server: str, database: str) -> str:
    return f"{server.rpartition('/')[0]}/{database}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database with the kit's tables."""
    engine = open_engine(database_url)
    KIT.create_all(engine)
    yield engine
    engine.dispose()
