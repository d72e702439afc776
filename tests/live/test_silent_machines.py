"""Machines that go silent instead of dying, and answers that are lost, under load: real processes on real servers."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

from contracts.region import load_region
from pendapa.home import Home
from pendapa.live.kafka import Kafka
from pendapa.live.process import free_port
from pendapa.plan import SERVICES, Order, Plan, plan
from tests.journey.conftest import require_servers
from tests.journey.system import ROOT, System
from tests.live.process import Process
from tests.regions.eager import eager
from tests.servers import memory
from tests.silent import Way

pytestmark = pytest.mark.live
QUICK = {"database_statement_seconds": 2.0, "database_connect_seconds": 2, "database_idle_seconds": 5.0}
APPS = [f"services.{service}.app" for service in SERVICES]
WORKERS = [f"services.{service}.worker" for service in SERVICES]
CROWD = 3
ANSWERED_WITHIN = 22.0
"""Seconds that a caller waits at most while a database is silent, and that a process takes at most to end."""
HEALED_WITHIN = 30.0
SUCCEEDED_WITHIN = 60.0
DOORS = ("/v1/reports", "/open311/v2/tokens/ABCDEFGH.json", "/open311/v2/requests.json")
AT_WORK = {
    # The relay's lock, or one of a tick.
    "intake": "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    " WHERE l.locktype = 'advisory' AND d.datname = '{database}'",
    "publish": "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction' AND backend_xid IS NOT NULL"
    " AND datname = '{database}'",
}
"""The sessions that a worker of this service holds others up with."""


class Filing(NamedTuple):
    """One try to file a report, whose words no other has."""

    words: str
    status: int
    kind: str
    """The problem; empty if the report was taken."""
    report: str
    seconds: float
    retry_after: str | None


class Town:
    """Every process of one government; each reaches its database by a way that can go silent."""

    def __init__(self, folder: Path, server: str, bus: str, stack: ExitStack) -> None:
        self._server, self._folder, self._stack = make_url(server), folder, stack
        self.role = f"silent_{uuid4().hex}"
        stack.callback(self._drop)
        with self.ask() as connection:
            connection.execute(f"CREATE ROLE {self.role} LOGIN PASSWORD 'silent'".encode())
            for service in SERVICES:
                connection.execute(f"CREATE DATABASE {self.role}_{service} OWNER {self.role}".encode())
        host, port = self._server.host or "", self._server.port or 0
        self.ways = {service: stack.enter_context(Way(host, port)) for service in SERVICES}
        region, path = load_region(eager()), eager()
        home = Home(folder / "data", "distributed")
        home.folder.mkdir()
        ports = {service: free_port() for service in SERVICES}
        order = Order(home, region, path, "127.0.0.1", 0, "http://localhost", False, *home.prepare(region))
        usual = plan(order, {service: self._by_way(service) for service in SERVICES}, bus, ports)
        self._settings = Plan(usual.gateway, *(getattr(usual, each).model_copy(update=QUICK) for each in SERVICES))
        self._ports = {f"services.{service}.app": port for service, port in ports.items()}
        self.running: dict[str, Process] = {}
        self.system = System(home.folder, "distributed", path)
        self._ports["gateway.app"] = self.system.port
        stack.callback(self.system.http.close)

    def start(self, *modules: str) -> None:
        for module in modules:
            process = Process(module, sys.executable, ROOT, self._settings, self._folder, self._ports.get(module, 0))
            self._stack.callback(process.kill)
            self.running[module] = process
        self.well(120)

    def well(self, seconds: float) -> None:
        for name, process in self.running.items():
            System.until(process.ready, seconds, f"{name} ready")

    def silence(self) -> None:
        for way in self.ways.values():
            way.go_silent()

    def speak(self) -> None:
        for way in self.ways.values():
            way.speak()

    @contextmanager
    def ask(self, service: str = "") -> Iterator[psycopg.Connection]:
        """Past all ways, as a superuser."""
        url = self._server.set(drivername="postgresql", database=f"{self.role}_{service}" if service else "postgres")
        with psycopg.connect(url.render_as_string(False), autocommit=True) as connection:
            yield connection

    def rows(self, service: str, sql: str) -> list[tuple[Any, ...]]:
        with self.ask(service) as connection:
            return connection.execute(sql.encode()).fetchall()

    def kept(self) -> list[str]:
        """The words of all reports."""
        return [words for (words,) in self.rows("intake", "SELECT text FROM report")]

    def parked(self) -> int:
        return sum(self.rows(service, "SELECT count(*) FROM parked")[0][0] for service in SERVICES)

    def _by_way(self, service: str) -> str:
        url = self._server.set(username=self.role, password="silent", database=f"{self.role}_{service}")
        return url.set(host="127.0.0.1", port=self.ways[service].port).render_as_string(False)

    def _drop(self) -> None:
        with self.ask() as connection:
            for service in SERVICES:
                connection.execute(f"DROP DATABASE IF EXISTS {self.role}_{service} WITH (FORCE)".encode())
            connection.execute(f"DROP ROLE IF EXISTS {self.role}".encode())


@pytest.fixture(scope="module")
def town(postgres_server: str) -> Iterator[Town]:
    require_servers()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pendapa-", dir=memory())))
        kafka = Kafka(folder / "kafka")
        stack.callback(kafka.stop)
        town = Town(folder, postgres_server, f"kafka://{kafka.up(tied=True)}", stack)
        town.start(*WORKERS, *APPS, "gateway.app")
        yield town


class Crowd:
    """Residents who file one report after another; every second one has an id of its source."""

    _numbers = count()

    def __init__(self, town: Town) -> None:
        self._town, self._ended = town, threading.Event()
        self.filings: list[Filing] = []

    def file_for_ever(self) -> None:
        while not self._ended.is_set():
            self.filings.append(self.file())

    def file(self) -> Filing:
        number = next(self._numbers)
        words = f"Jalan desa Tapelan kecamatan Kapas rusak, lubang nomor {number}"
        body: dict[str, object] = {"text": words}
        if number % 2:
            body["source"] = {"name": "crowd", "id": str(number)}
        began = time.monotonic()
        system = self._town.system
        answer = system.http.post("/v1/reports", json=body, headers=system.bearer("filing"), timeout=90)
        said, seconds = answer.json(), time.monotonic() - began
        kind = str(said.get("type", "")).rpartition("/")[2]
        return Filing(
            words, answer.status_code, kind, str(said.get("id", "")), seconds, answer.headers.get("retry-after")
        )

    def more(self, status: int, number: int, seconds: float) -> None:
        """Return when so many more were answered so."""

        def answered() -> int:
            return sum(filing.status == status for filing in list(self.filings))

        goal = answered() + number
        System.until(lambda: answered() >= goal, seconds, f"{number} more filings with {status}: {self.filings[-9:]}")

    @contextmanager
    def filing(self) -> Iterator[None]:
        with ThreadPoolExecutor(CROWD) as crowd:
            each_one = [crowd.submit(self.file_for_ever) for _ in range(CROWD)]
            try:
                yield
            finally:
                self._ended.set()
                for one in each_one:
                    one.result()

    def reconcile(self) -> None:
        """What was acknowledged is public, and is there once; what was refused is not there; the rest, once or not."""
        kept = self._town.kept()
        for filing in self.filings:
            assert filing.status in (202, 503), filing
            assert filing.seconds < ANSWERED_WITHIN, filing
            assert (filing.retry_after is None) == (filing.status == 202), filing
            unknown = filing.kind == "outcome-unknown"
            assert kept.count(filing.words) in ([0, 1] if unknown else [filing.status == 202]), filing
        taken = {filing.report for filing in self.filings if filing.status == 202}
        assert len(taken) == sum(filing.status == 202 for filing in self.filings)
        System.until(lambda: taken <= public(self._town.system), SUCCEEDED_WITHIN, "public")
        assert self._town.parked() == 0


def public(system: System) -> set[str]:
    listed = [str(report["id"]) for report in system.all_reports()]
    assert len(listed) == len(set(listed))
    return set(listed)


def need_503(town: Town, *doors: str) -> None:
    """Each door says that it is away, and when to come again."""

    def ask(door: str) -> tuple[int, bool]:
        answer = town.system.http.get(door, headers=town.system.bearer("filing"), timeout=60)
        return answer.status_code, "retry-after" in answer.headers

    with ThreadPoolExecutor() as crowd:
        assert dict(zip(doors, crowd.map(ask, doors), strict=True)) == dict.fromkeys(doors, (503, True))


def is_away(process: Process) -> bool:
    status, words = process.says("/readyz")
    assert process.says("/healthz")[0] == 200
    return status == 503 and "database" in words.splitlines()[0]


def test_databases_that_go_silent_are_told_and_filing_goes_on_once_they_speak(town: Town) -> None:
    town.well(HEALED_WITHIN)
    crowd = Crowd(town)
    with crowd.filing():
        crowd.more(202, 10, 30)
        town.silence()
        for name in (*APPS, *WORKERS):
            process = town.running[name]
            System.until(lambda process=process: is_away(process), ANSWERED_WITHIN, f"{name} tells it")  # type: ignore[misc]
        crowd.more(503, CROWD, 2 * ANSWERED_WITHIN)
        need_503(town, *DOORS, "/v1/changes", f"/v1/reports/{uuid4()}")
        town.speak()
        crowd.more(202, 10, HEALED_WITHIN)
        town.well(HEALED_WITHIN)
    crowd.reconcile()


def test_every_process_ends_while_its_database_is_silent(town: Town) -> None:
    town.well(HEALED_WITHIN)
    ending = [*APPS, *WORKERS]
    crowd = Crowd(town)
    with crowd.filing():
        crowd.more(202, 10, 30)
        town.silence()
        System.until(lambda: is_away(town.running[APPS[0]]), ANSWERED_WITHIN, "told")
        for name in ending:
            town.running[name].signal(signal.SIGTERM)
        end = time.monotonic() + ANSWERED_WITHIN
        for name in ending:
            town.running[name].end(end - time.monotonic())
        town.speak()
        town.start(*ending)
        crowd.more(202, 10, HEALED_WITHIN)
    crowd.reconcile()


@pytest.mark.parametrize("service", ["intake", "publish"])
def test_a_worker_that_is_stopped_while_it_works_has_a_successor(town: Town, service: str) -> None:
    town.well(HEALED_WITHIN)
    name = f"services.{service}.worker"
    stopped = town.running[name]
    sql = AT_WORK[service].format(database=f"{town.role}_{service}")
    crowd = Crowd(town)
    with crowd.filing():
        crowd.more(202, 10, 30)
        System.until(lambda: stop_in(town, stopped, sql), 60, "stopped while it works")
        town.start(name)
        crowd.more(202, 10, 30)
    crowd.reconcile()
    stopped.signal(signal.SIGCONT)
    System.until(stopped.ready, HEALED_WITHIN, "ready again")
    after = Crowd(town)
    with after.filing():
        after.more(202, 10, 30)
    after.reconcile()
    stopped.end()


def stop_in(town: Town, process: Process, sql: str) -> bool:
    """Stop the process while PostgreSQL says so of it; else let it go on."""
    with town.ask() as connection:
        before = connection.execute(sql.encode()).fetchall()
        if not before:
            return False
        process.signal(signal.SIGSTOP)
        time.sleep(0.1)  # what it sent before is done now
        if set(before) & set(connection.execute(sql.encode()).fetchall()):
            return True
        process.signal(signal.SIGCONT)
        return False


def test_commits_whose_answers_are_cut_under_load_double_nothing(town: Town) -> None:
    town.well(HEALED_WITHIN)
    crowd, commits, cut = Crowd(town), count(1), count()

    def each_fifth_commit(data: bytes) -> bool:
        return b"COMMIT" in data and next(commits) % 5 == 0 and next(cut) >= 0

    with crowd.filing():
        for way in town.ways.values():
            way.cut_answer_to = each_fifth_commit
        crowd.more(202, 60, 60)
        for way in town.ways.values():
            way.cut_answer_to = lambda _: False
    assert next(cut) > 10
    crowd.reconcile()


def test_a_server_without_a_connection_left_is_503_at_every_door(town: Town) -> None:
    town.well(HEALED_WITHIN)
    crowd = Crowd(town)
    with crowd.filing():
        crowd.more(202, 10, 30)
        with town.ask() as connection:
            connection.execute(f"ALTER ROLE {town.role} CONNECTION LIMIT 0".encode())
            connection.execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{town.role}'".encode()
            )
            crowd.more(503, CROWD, ANSWERED_WITHIN)
            need_503(town, *DOORS)
            connection.execute(f"ALTER ROLE {town.role} CONNECTION LIMIT -1".encode())
        crowd.more(202, 10, HEALED_WITHIN)
    crowd.reconcile()
