"""A process of a distributed system, killed alone, comes back; a broker or a database that dies loses nothing."""

import signal
import time
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.journey.system import System

pytestmark = pytest.mark.live
PROCESSES = ["intake.app", "intake.worker", "routing.app", "routing.worker", "publish.app", "publish.worker", "gateway"]


@pytest.mark.parametrize("victim", [*PROCESSES, "kafka.Kafka", "postgres"])
def test_what_is_killed_comes_back_and_nothing_is_lost(system: System, victim: str) -> None:
    first = [file(system, f"{victim}-before-{n}") for n in range(5)]
    process = find(system, victim)
    # PostgreSQL's own crash: its postmaster and backends end at once and the next start recovers.
    process.send_signal(signal.SIGQUIT if victim == "postgres" else signal.SIGKILL)
    second = [file(system, f"{victim}-after-{n}") for n in range(5)]
    system.until(lambda: gone(process) and alive(system, victim), 60, f"{victim} again")
    system.until(system.ready, 60, "ready")
    assert len({*first, *second}) == 10
    for report in [*first, *second]:
        assert [fact["what"] for fact in system.public(report, "disposed")["history"]] == ["verified", "disposed"]
    assert system.parked() == 0


def file(system: System, id: str) -> str:
    """The id of a report, filed again until it is acknowledged, as a client does that was not answered."""
    body = {"text": "Jalan rusak di desa Tapelan kecamatan Kapas", "source": {"name": "outage", "id": id}}
    end = time.monotonic() + 90
    while time.monotonic() < end:
        try:
            answer = system.http.post("/v1/reports", json=body, headers=system.bearer("filing"), timeout=10)
            if answer.status_code == 202:
                return str(answer.json()["id"])
            assert answer.status_code >= 500, answer.text
        except httpx2.TransportError:
            pass  # the gateway itself may be the one that was killed
        time.sleep(0.2)
    raise AssertionError("never acknowledged")


def find(system: System, victim: str) -> psutil.Process:
    found = [process for process in family(system) if is_victim(process, system, victim)]
    assert found, f"no process {victim} among {[p.cmdline()[:4] for p in family(system)]}"
    return min(found, key=lambda process: float(process.create_time()))


def alive(system: System, victim: str) -> bool:
    return any(is_victim(process, system, victim) for process in family(system))


def is_victim(process: psutil.Process, system: System, victim: str) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    if victim == "postgres":
        return Path(words[0]).name == "postgres" and str(system.data) in " ".join(words) if words else False
    return any(word == victim or word.startswith((f"services.{victim}", f"{victim}.app")) for word in words)


def family(system: System) -> list[psutil.Process]:
    """The system's processes; PostgreSQL may have left its parent, so it is looked for everywhere."""
    assert system.process is not None
    children: list[psutil.Process] = psutil.Process(system.process.pid).children(recursive=True)
    return children + [process for process in psutil.process_iter(["name"]) if process.info["name"] == "postgres"]


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
