"""`pendapa backup` and `pendapa restore` on PostgreSQL, with all addresses in the environment, as in a cluster."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from contracts.region import Region
from kit import migrate
from kit.db import open_engine, transaction
from pendapa.backups import contents, distributed
from pendapa.backups.postgres import ASIDE, schemas
from pendapa.backups.restored import Wanted
from pendapa.backups.restoring import restore
from pendapa.footing import Footing
from pendapa.home import Home
from pendapa.main import app
from services.publish.log.copies import KeepingSigner
from services.publish.releases import cut
from services.publish.releases.files import Files
from services.publish.settings import Settings
from tests.pendapa import stores
from tests.pendapa.conftest import TINY
from tests.publish.conftest import KEY, NOW, Desk

pytestmark = pytest.mark.live


class Cluster(NamedTuple):
    """Three databases, the folder of the releases, and the settings of publish."""

    urls: dict[str, str]
    files: Path
    settings: Settings

    @property
    def signer(self) -> KeepingSigner:
        return self.settings.signer()

    def publish(self, region: Region, reports: int) -> None:
        """Publish new reports, as the worker would."""

        def open_them(engine: Engine) -> None:
            desk = Desk(engine, region)
            desk.signer = self.signer
            for _ in range(reports):
                desk.open()

        self.work("publish", open_them)
        self.work("publish", self.signer.keep)

    def cut(self, region: Region) -> int:
        files = Files(self.files.as_uri())
        number: int = self.work("publish", lambda engine: cut.cut(engine, files, self.signer, region, NOW))
        return number

    def mark(self, value: int) -> None:
        """Write a number into each database."""

        def write(engine: Engine) -> None:
            with transaction(engine) as session:
                session.execute(text("CREATE TABLE IF NOT EXISTS mark (value integer)"))
                session.execute(text("DELETE FROM mark"))
                session.execute(text("INSERT INTO mark VALUES (:value)"), {"value": value})

        for service in self.urls:
            self.work(service, write)

    def marks(self) -> list[int]:
        """The numbers in the databases, in the order in which these are restored."""
        return [self.ask(service, "SELECT value FROM mark") for service in distributed.ORDER]

    def ask(self, service: str, sql: str) -> Any:
        with psycopg.connect(self.urls[service].replace("+psycopg", "")) as connection:
            return (connection.execute(sql.encode()).fetchone() or [None])[0]

    def work(self, service: str, what: Any) -> Any:
        engine = open_engine(self.urls[service])
        try:
            return what(engine)
        finally:
            engine.dispose()


@pytest.fixture
def cluster(postgres_server: str, tmp_path: Path, tiny: Region, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    server = postgres_server.replace("+psycopg", "")
    names = {service: f"test_{uuid4().hex}" for service in distributed.ORDER}
    urls = {service: f"{postgres_server.rpartition('/')[0]}/{name}" for service, name in names.items()}
    with psycopg.connect(server, autocommit=True) as connection:
        for service, name in names.items():
            connection.execute(f"CREATE DATABASE {name}".encode())
            migrate.upgrade(urls[service], service)
            monkeypatch.setenv(f"{service.upper()}_DATABASE_URL", urls[service])
        for name, value in {
            "log_key": KEY,
            "origin": "pendapa.example/tiny",
            "files_url": (tmp_path / "files").as_uri(),
            "log_copy": str(tmp_path / "logs"),
            "bus_url": "",
            "region": str(TINY),
            "gateway_secret": "secret",
        }.items():
            monkeypatch.setenv(f"PUBLISH_{name.upper()}", value)
        cluster = Cluster(urls, tmp_path / "files", Settings())
        cluster.publish(tiny, 3)
        cluster.mark(1)
        yield cluster
        for name in names.values():
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def backup(cluster: Cluster, tiny: Region, tmp_path: Path) -> Path:
    """A backup with a release; after it the server goes on, and cuts another."""
    cluster.cut(tiny)
    distributed.back_up(Home(tmp_path / "none", "distributed"), tmp_path / "backup")
    cluster.publish(tiny, 2)
    cluster.cut(tiny)
    cluster.mark(2)
    return tmp_path / "backup"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_what_was_lost_comes_back_and_the_log_goes_on(cluster: Cluster, backup: Path, tiny: Region) -> None:
    kept = contents.read(backup)
    assert (kept.footing, kept.log.size) == (Footing.distributed, 4)  # three reports and the release
    shutil.rmtree(cluster.files / "reports" / "1")
    answer = run("restore", backup, "--data", backup.parent / "none")
    assert answer.exit_code == 0, answer.output
    assert "taken back without their words and salts" in answer.output
    assert cluster.marks() == [1, 1, 1]
    assert cluster.ask("publish", "SELECT value FROM before_1.mark") == 2
    assert (cluster.files / "reports" / "1" / "reports.csv").exists()
    assert cluster.cut(tiny) == 3, "no number is used twice"
    answer = run("restore", backup, "--data", backup.parent / "none")
    assert answer.exit_code == 0, answer.output
    assert "before_2" in answer.output


def test_a_log_that_nobody_knows_the_end_of_changes_nothing(cluster: Cluster, backup: Path) -> None:
    shutil.rmtree(cluster.settings.log_copy)
    shutil.rmtree(cluster.files)
    answer = run("restore", backup, "--data", backup.parent / "none")
    assert "Nobody here knows how far the log was" in str(answer.exception)
    assert cluster.marks() == [2, 2, 2]
    answer = run("restore", backup, "--data", backup.parent / "none", "--new-log")
    assert "needs a new PUBLISH_LOG_KEY" in str(answer.exception)
    assert cluster.marks() == [2, 2, 2]


def test_processes_that_run_are_stopped_first(cluster: Cluster, backup: Path) -> None:
    with psycopg.connect(cluster.urls["routing"].replace("+psycopg", "")):
        answer = run("restore", backup, "--data", backup.parent / "none")
    assert "1 processes are connected to the database of routing" in str(answer.exception)
    assert cluster.marks() == [2, 2, 2]


def test_a_check_finds_what_is_wrong_there_too(cluster: Cluster, backup: Path) -> None:
    arguments = ("check", "--footing", "distributed", "--data", backup.parent / "none", "--region", TINY)
    [fault] = run(*arguments).output.splitlines()
    assert fault.startswith("routing lacks 5 reports that publish has")
    cluster.work("publish", lambda engine: _forget(engine, "record"))
    assert "has no record, and fact" in run(*arguments).output


def _forget(engine: Engine, table: str) -> None:
    with transaction(engine) as session:
        session.execute(text(f"DELETE FROM {table}"))


def test_a_backup_that_is_killed_at_any_moment_leaves_none_or_a_whole_one(cluster: Cluster, tmp_path: Path) -> None:
    home, step = Home(tmp_path / "none", "distributed"), 1
    while stores.killed_at(step, lambda: distributed.back_up(home, tmp_path / "backup")):
        if (tmp_path / "backup").exists():
            contents.read(tmp_path / "backup")
            shutil.rmtree(tmp_path / "backup")
        step += 1
    contents.read(tmp_path / "backup")
    assert step > 8


def test_a_restore_that_is_killed_at_any_moment_can_be_run_again(cluster: Cluster, backup: Path) -> None:
    step, mixed = 1, 0
    while stores.killed_at(step, lambda: restore(backup, backup.parent / "none", Wanted())):
        mixed += cluster.marks() not in ([1, 1, 1], [2, 2, 2])
        step += 1  # the next try ends what this one began
    assert cluster.marks() == [1, 1, 1]
    assert cluster.ask("publish", "SELECT value FROM before_1.mark") == 2
    assert [service for service, url in cluster.urls.items() if ASIDE in schemas(url)] == []
    assert step > 8
    assert mixed > 0
