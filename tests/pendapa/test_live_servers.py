"""The real servers start, restart with their data, and end."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from pendapa.live import LiveUnavailable, kafka
from pendapa.live.kafka import Kafka
from pendapa.live.postgres import Postgres
from pendapa.live.process import listens
from tests.journey.conftest import require_servers
from tests.servers import memory


@pytest.mark.live
def test_postgresql_keeps_its_rows_through_a_stop_and_a_crash() -> None:
    with TemporaryDirectory(prefix="pendapa-", dir=memory(), ignore_cleanup_errors=True) as folder:
        postgres = Postgres(Path(folder) / "postgres")
        require_servers()
        postgres.up(tied=True)
        url = postgres.create("rows").replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        postgres.kill()
        assert postgres.pid is None
        postgres.up(tied=True)
        postgres.stop()
        postgres.up(tied=True)
        assert postgres.create("rows").replace("+psycopg", "") == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]
        assert Postgres(Path(folder) / "postgres").pid == postgres.pid
        postgres.stop()


@pytest.mark.live
def test_kafka_comes_back_at_the_same_address(tmp_path: Path) -> None:
    broker = Kafka(tmp_path)
    require_servers()
    address = broker.up(tied=True)
    port = int(address.rpartition(":")[2])
    broker.kill()
    assert not listens(port)
    assert broker.up(tied=True) == address
    assert Kafka(tmp_path).pid == broker.pid
    broker.stop()
    assert broker.pid is None


def test_a_machine_without_java_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)

    with pytest.raises(LiveUnavailable, match="apt-get install default-jre-headless maven"):
        kafka.fetch(tmp_path / "libs")
