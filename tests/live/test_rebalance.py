"""Workers join, leave and are killed under load: every event has its effect once, in order per report."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx2
import psutil
import psycopg
import pytest

from pendapa.live.process import free_port
from tests.journey.system import ROOT, System
from tests.live.test_outage import find

pytestmark = pytest.mark.live
CROWD = 4
PAUSE = 0.2
"""Seconds between two reports of a client: the load must leave a small machine time to start more workers."""
MORE = 100
"""Reports that are acknowledged after each change among the workers, before the next one."""


def test_workers_come_and_go_under_load(system: System) -> None:
    with ExitStack() as joined, filing(system) as filed:
        first = joined.enter_context(another(system, "routing"))
        second = joined.enter_context(another(system, "routing"))
        third = joined.enter_context(another(system, "publish"))
        for worker in (first, second, third):
            system.until(worker.handles, 120, f"{worker.service} joined")
        more(system, filed)
        tell(system, first, signal.SIGKILL)
        more(system, filed)
        tell(system, second, signal.SIGTERM)
        assert second.process.wait(60) == 0
        more(system, filed)
        tell(system, third, signal.SIGKILL)
        more(system, filed)
    assert len(set(filed)) == len(filed)
    for report in filed:
        assert [fact["what"] for fact in system.public(report, "disposed")["history"]] == ["verified", "disposed"]
    assert system.parked() == 0


@contextmanager
def filing(system: System) -> Iterator[list[str]]:
    """The ids of all reports acknowledged so far: several clients file for as long as the block runs."""
    filed: list[str] = []
    ended = threading.Event()

    def client(number: int) -> None:
        while not ended.wait(PAUSE):
            filed.append(file(system, f"{number}-{len(filed)}"))

    with ThreadPoolExecutor(CROWD) as crowd:
        clients = [crowd.submit(client, number) for number in range(CROWD)]
        try:
            yield filed
        finally:
            ended.set()
            for each in clients:
                each.result()


def file(system: System, id: str) -> str:
    body = {"text": f"Jalan rusak di desa Tapelan kecamatan Kapas {id}", "source": {"name": "load", "id": id}}
    answer = system.http.post("/v1/reports", json=body, headers=system.bearer("filing"))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def more(system: System, filed: list[str]) -> None:
    """Return when many more were acknowledged."""
    goal = len(filed) + MORE
    system.until(lambda: len(filed) >= goal, 120, f"{MORE} more filed")


def tell(system: System, worker: "Worker", what: signal.Signals) -> None:
    """Send a signal to a worker that has records in hand: meanwhile nobody of its service can claim an event."""
    url = system.databases()[worker.service].replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE inbox IN EXCLUSIVE MODE")
        system.until(worker.busy, 60, f"{worker.service} busy")
        worker.process.send_signal(what)


class Worker:
    """One more worker of a service, with the settings of the one that runs and a port of its own."""

    def __init__(self, system: System, service: str) -> None:
        self.service = service
        self._port = free_port()
        settings = psutil.Process(find(system, f"{service}.worker").pid).environ()
        settings[f"{service.upper()}_PORT"] = str(self._port)
        command = [sys.executable, "-m", f"services.{service}.worker"]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **settings},
            stderr=subprocess.DEVNULL,
            # As the system's own are started. Linux shares the processor among sessions (sched_autogroup): in the
            # tests' own this worker would have what they leave of one share, and take a minute to import its modules.
            start_new_session=True,
        )

    def handles(self) -> bool:
        """Whether it has handled anything: only who holds a partition has."""
        return self._measured("pendapa_handled_total") > 0

    def busy(self) -> bool:
        """Whether it has records in hand that it has not handled."""
        return self._measured("pendapa_unhandled_oldest_seconds") > 0

    def _measured(self, name: str) -> float:
        assert self.process.poll() is None, f"it ended with {self.process.returncode}"
        try:
            metrics = httpx2.get(f"http://127.0.0.1:{self._port}/metrics").text
        except httpx2.TransportError:
            return 0.0
        found = re.search(rf'^{name}{{service="{self.service}"}} (\S+)', metrics, re.MULTILINE)
        return float(found[1]) if found else 0.0


@contextmanager
def another(system: System, service: str) -> Iterator[Worker]:
    worker = Worker(system, service)
    try:
        yield worker
    finally:
        worker.process.kill()
        worker.process.wait()
