"""Every service's migrations, on both databases: to the newest, back to nothing, once, and true to the tables."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import insert, inspect

from kit import migrate
from kit.bus.embedded import EmbeddedBus
from kit.contract import CONTRACT, TooOld
from kit.db import open_engine, transaction
from kit.locks import exclusive
from kit.worker import Worker
from tests import version_before
from tests.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("intake", "routing", "publish")


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def config(service: str, database_url: str) -> Config:
    config = Config(str(ROOT / "alembic.ini"), ini_section=service)
    config.set_main_option("script_location", str(ROOT / "services" / service / "migrations"))
    config.attributes["database_url"] = database_url
    return config


def tables(database_url: str) -> set[str]:
    engine = open_engine(database_url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_an_upgrade_makes_the_tables_and_a_second_one_has_nothing_to_do(
    database_url: str, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.upgrade(database_url, service)
    assert {"outbox", "inbox", "parked", "alembic_version"} <= tables(database_url)
    monkeypatch.delattr(migrate, "_upgrade")
    migrate.upgrade(database_url, service)


def test_the_migrations_are_true_to_the_tables_in_the_code(database_url: str, service: str) -> None:
    migrate.upgrade(database_url, service)
    command.check(config(service, database_url))


def test_the_way_back_leaves_nothing(database_url: str, service: str) -> None:
    migrate.upgrade(database_url, service)
    command.downgrade(config(service, database_url), "base")
    assert tables(database_url) == {"alembic_version"}


def test_processes_that_start_at_once_migrate_once(database_url: str) -> None:
    code = "import sys; from kit import migrate; migrate.upgrade(sys.argv[1], 'intake')"
    process = ["-c", code, database_url]
    job = ["-m", "kit.migrate", "intake"]
    person = ["-m", "alembic", "-n", "intake", "upgrade", "head"]
    environment = os.environ | {"INTAKE_DATABASE_URL": database_url}
    started = [
        subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment)
        for arguments in (process, job, person, process)
    ]
    assert [each.wait() for each in started] == [0, 0, 0, 0]
    assert "outbox" in tables(database_url)


@pytest.mark.parametrize("by", ["upgrade", "alembic"])
def test_a_migration_waits_while_another_one_runs(database_url: str, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(database_url)
    seen = []
    with ExitStack() as other:
        assert other.enter_context(exclusive(engine, "migrate"))

        def finish_the_other(_: float) -> None:
            seen.append(tables(database_url))
            other.close()

        monkeypatch.setattr("kit.migrate.time.sleep", finish_the_other)
        if by == "upgrade":
            migrate.upgrade(database_url, "intake")
        else:
            command.upgrade(config("intake", database_url), "head")
    engine.dispose()
    assert seen == [set()]
    assert "outbox" in tables(database_url)


def test_what_another_one_did_meanwhile_is_not_done_again(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(database_url)
    with ExitStack() as other:
        assert other.enter_context(exclusive(engine, "migrate"))

        def finish_the_other(_: float) -> None:
            alone = config("intake", database_url)
            alone.attributes["alone"] = True
            command.upgrade(alone, "head")
            monkeypatch.delattr(migrate, "_upgrade")
            other.close()

        monkeypatch.setattr("kit.migrate.time.sleep", finish_the_other)
        migrate.upgrade(database_url, "intake")
    engine.dispose()
    assert "outbox" in tables(database_url)


def test_a_service_can_be_brought_up_to_date_from_the_command_line(database_url: str, service: str) -> None:
    environment = os.environ | {f"{service.upper()}_DATABASE_URL": database_url}
    subprocess.run([sys.executable, "-m", "kit.migrate", service], cwd=ROOT, env=environment, check=True)
    assert {"outbox", "alembic_version"} <= tables(database_url)


def test_a_database_at_its_newest_is_left_alone_without_alembic(database_url: str) -> None:
    migrate.upgrade(database_url, "intake")
    code = "import sys; from kit.migrate import upgrade; upgrade(sys.argv[1], 'intake')"
    code += "; sys.exit('alembic' in sys.modules)"
    subprocess.run([sys.executable, "-c", code, database_url], cwd=ROOT, check=True)


ONE_OF_EACH = """
import sys
from datetime import UTC, datetime
from uuid import uuid4
from contracts.events import ReportWithdrawn
from kit import inbox, outbox, parked
from kit.bus import Record
from kit.db import open_engine, transaction

class Nowhere:
    def send(self, messages): sent.extend(messages)
    def close(self): pass

sent, now, engine = [], datetime.now(UTC), open_engine(sys.argv[1])
report, event = uuid4(), str(uuid4())
with transaction(engine) as session:
    outbox.publish(session, *(ReportWithdrawn(subject=report, time=now) for _ in range(20)))
    assert inbox.claim(session, [event, *(str(uuid4()) for _ in range(20))], now) > {event}
    assert inbox.claim(session, [event], now) == set()
    inbox.forget(session, now)
    parked.park(session, Record("reports", 0, 0, b"key", (), b"value"), "why", now, event=event, report=str(report))
assert outbox.relay(engine, Nowhere(), "intake") == len(sent) == 20
with transaction(engine) as session:
    assert outbox.ends(session) is None
    assert len(parked.take(session, str(report))) == 1
"""


def test_a_process_of_the_version_before_goes_on_while_its_database_is_migrated(
    database_url: str, service: str, servers: Servers
) -> None:
    before = version_before.before(servers)
    environment = os.environ | {f"{service.upper()}_DATABASE_URL": database_url, "PYTHONPATH": str(before.source)}

    def run_before(*arguments: str) -> None:
        subprocess.run([before.python, *arguments], cwd=before.source, env=environment, check=True)

    run_before("-m", "kit.migrate", service)
    run_before("-c", ONE_OF_EACH, database_url)
    migrate.upgrade(database_url, service)
    run_before("-c", ONE_OF_EACH, database_url)
    run_before("-m", "kit.migrate", service)  # as each of its processes does when it starts again
    command.check(config(service, database_url))


def test_a_process_older_than_its_database_requires_refuses_to_work(
    database_url: str, service: str, tmp_path: Path
) -> None:
    migrate.upgrade(database_url, service)
    engine = open_engine(database_url)
    migrate.check_version(engine, service)
    with transaction(engine) as session:
        session.execute(insert(CONTRACT).values(migration="9998"))
    with pytest.raises(TooOld, match="9998"):
        migrate.check_version(engine, service)
    with pytest.raises(TooOld, match="update it"):
        migrate.upgrade(database_url, service)
    worker = Worker(service, engine, EmbeddedBus(str(tmp_path / "bus.sqlite")))
    with pytest.raises(TooOld):
        worker.version()
    engine.dispose()
