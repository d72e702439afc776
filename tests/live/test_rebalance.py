"""Workers join, leave and are killed under load: every event has its effect once, in order per report."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from pendapa.live.process import free_port
from tests.journey.conftest import require_servers
from tests.journey.system import ROOT, System, running
from tests.live.test_outage import find

pytestmark = pytest.mark.live
REPORTS = 400


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    require_servers()
    with running("distributed") as system:
        yield system


def test_workers_come_and_go_under_load(system: System) -> None:
    with ThreadPoolExecutor(8) as crowd:
        filed = [crowd.submit(file, system, n) for n in range(REPORTS)]
        joined = [another(system, service) for service in ("routing", "routing", "publish")]
        system.until(lambda: sum(one.done() for one in filed) > REPORTS // 3, 120, "a third filed")
        joined[0].send_signal(signal.SIGKILL)
        system.until(lambda: sum(one.done() for one in filed) > REPORTS // 2, 120, "half filed")
        joined[1].send_signal(signal.SIGTERM)
        assert joined[1].wait(30) in (0, -signal.SIGTERM)  # the latter if it was still starting
        reports = {one.result() for one in filed}
    assert len(reports) == REPORTS
    joined[2].send_signal(signal.SIGKILL)
    for report in reports:
        assert [fact["what"] for fact in system.public(report, "disposed")["history"]] == ["verified", "disposed"]
    assert system.parked() == 0
    for process in joined:
        process.wait(30)


def file(system: System, n: int) -> str:
    body = {"text": f"Jalan rusak di desa Tapelan kecamatan Kapas {n}", "source": {"name": "load", "id": str(n)}}
    answer = system.http.post("/v1/reports", json=body, headers=system.bearer("filing"))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def another(system: System, service: str) -> subprocess.Popen[bytes]:
    """One more worker of a service, with the settings of the one that runs."""
    settings = psutil.Process(find(system, f"{service}.worker").pid).environ()
    settings[f"{service.upper()}_PORT"] = str(free_port())
    command = [sys.executable, "-m", f"services.{service}.worker"]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stderr=subprocess.DEVNULL)
