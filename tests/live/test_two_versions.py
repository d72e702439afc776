"""The version before and this one on one Kafka and one PostgreSQL: replaced one by one under load, nothing is lost."""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from contracts.region import load_region
from pendapa.footing import Footing
from pendapa.home import Home
from pendapa.live.kafka import Kafka
from pendapa.plan import SERVICES, Order, plan
from pendapa.replay import replay
from tests import version_before
from tests.journey.conftest import require_servers
from tests.journey.system import TAPELAN, System
from tests.live.front import Front
from tests.live.process import Process
from tests.servers import Servers, memory
from tests.version_before import Before

pytestmark = pytest.mark.live
ROOT = version_before.ROOT
CROWD = 3
PAUSE = 0.5
"""Seconds between two lives of a client: the load must leave a small machine time to start the next process."""
PHONE = "+62811000001"
MORE = 4
"""Reports whose whole life passed after each process that was replaced, before the next one is."""


class Town:
    """All processes of one government, each of the version before until it is replaced."""

    def __init__(self, folder: Path, databases: dict[str, str], bus: str, before: Before, stack: ExitStack) -> None:
        self.databases, self._folder, self._stack = databases, folder, stack
        region = load_region(ROOT / "regions/bojonegoro")
        home = Home(folder / "data", "distributed")
        home.folder.mkdir()
        keys, secrets = home.prepare(region)
        self._fronts = {module: Front(0) for module in ("gateway.app", *(f"services.{s}.app" for s in SERVICES))}
        ports = {service: self._fronts[f"services.{service}.app"].port for service in SERVICES}
        order = Order(
            *(home, region, ROOT / "regions/bojonegoro", "127.0.0.1", 0, "http://localhost", False, keys, secrets)
        )
        self._settings = plan(order, databases, bus, ports)
        self._before = before
        self._running: dict[str, Process] = {}
        self.system = System(home.folder, "distributed", order.region_path, port=self._fronts["gateway.app"].port)

    def start(self) -> None:
        """Start every process, of the version before."""
        modules = [f"services.{service}.{which}" for service in SERVICES for which in ("worker", "app")]
        python, source = self._before.python, self._before.source
        started = {name: self._start(name, python, source) for name in (*modules, "gateway.app")}
        for name, process in started.items():
            System.until(process.ready, 120, f"{name} ready")
            self._turn_to(name, process)

    def replace(self, module: str) -> None:
        """One process by one of this version, which is ready before the other one is ended."""
        process, before = self._start(module, sys.executable, ROOT), self._running[module]
        System.until(process.ready, 120, f"{module} of this version ready")
        self._turn_to(module, process)
        before.end()

    def count(self, table: str) -> dict[str, int]:
        """The rows of a table that each service's database has."""
        counts = {}
        for service, url in self.databases.items():
            with psycopg.connect(url.replace("+psycopg", "")) as connection:
                [counts[service]] = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() or (0,)
        return counts

    def close(self) -> None:
        for front in self._fronts.values():
            front.close()
        self.system.http.close()

    def _start(self, module: str, python: str, source: Path) -> Process:
        process = Process(module, python, source, self._settings, self._folder)
        self._stack.callback(process.kill)
        return process

    def _turn_to(self, module: str, process: Process) -> None:
        self._running[module] = process
        if module in self._fronts:
            self._fronts[module].turn_to(process.port)


@pytest.fixture
def town(servers: Servers, postgres_server: str) -> Iterator[Town]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pendapa-", dir=memory())))
        require_servers()
        kafka = Kafka(folder / "kafka")
        stack.callback(kafka.stop)
        bus = f"kafka://{kafka.up(tied=True)}"
        databases = {service: stack.enter_context(database(postgres_server, service)) for service in SERVICES}
        town = Town(folder, databases, bus, version_before.before(servers), stack)
        stack.callback(town.close)
        town.start()
        yield town


@contextmanager
def database(server: str, service: str) -> Iterator[str]:
    name = f"two_versions_{service}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield f"{server.rpartition('/')[0]}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_every_process_is_replaced_under_load_and_nothing_is_lost_parked_or_refused(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with living(town.system) as lived:
        more(lived)
        for service in ("publish", "intake", "routing"):  # who listens before who is heard
            for which in ("worker", "app"):
                town.replace(f"services.{service}.{which}")
                more(lived)
        town.replace("gateway.app")
        more(lived)
    for report in lived:
        facts = [fact["what"] for fact in town.system.public(report, "reopened")["history"]]
        assert facts == ["verified", "disposed", "acknowledged", "responded", "closed", "reopened"]
    assert sorted(report["id"] for report in town.system.all_reports()) == sorted(lived)
    town.system.until(lambda: not any(town.count("outbox").values()), 30, "all sent")
    assert town.count("parked") == town.count("waiting") == dict.fromkeys(SERVICES, 0)
    assert all(town.count("sent")[service] > 0 for service in ("intake", "routing"))
    for service, url in town.databases.items():
        monkeypatch.setenv(f"{service.upper()}_DATABASE_URL", url)
    assert [replay(service, Footing.distributed, ROOT, None, None) for service in SERVICES] == [0, 0, 0]


@contextmanager
def living(system: System) -> Iterator[list[str]]:
    """The reports whose whole life has passed: several residents and agencies go on for as long as the block runs."""
    lived: list[str] = []
    ended = threading.Event()

    def go_on(number: int) -> None:
        while not ended.wait(PAUSE):
            lived.append(live(system, f"{number}-{len(lived)}-{time.monotonic_ns()}"))

    with ThreadPoolExecutor(CROWD) as crowd:
        each_one = [crowd.submit(go_on, number) for number in range(CROWD)]
        try:
            yield lived
        finally:
            ended.set()
            for one in each_one:
                one.result()


def live(system: System, id: str) -> str:
    """One report from its message to its reopening, each step by whoever takes it; nothing is refused."""
    body = {"text": TAPELAN, "contact": {"phone": PHONE}, "source": {"name": "load", "id": id}}
    answer = system.http.post("/v1/reports", json=body, headers=system.bearer("filing"))
    assert answer.status_code == 202, answer.text
    report = str(answer.json()["id"])
    agency = system.public(report, "disposed")["agency"]
    act(system, report, "acknowledge", agency)
    act(system, report, "respond", agency, text="Sudah ditambal", acted=True)
    act(system, report, "close", agency, closure="done")
    system.sms(f"TIDAK {answer.json()['code']}", id=f"{id}-no", sender=PHONE)
    return report


def act(system: System, report: str, move: str, agency: str, **body: object) -> None:
    answer = system.act(report, move, system.bearer("agency", agency), **body)
    assert answer.status_code == 200, answer.text


def more(lived: list[str]) -> None:
    """Return when some more lives have passed."""
    goal = len(lived) + MORE
    System.until(lambda: len(lived) >= goal, 120, f"{MORE} more lives")
