"""Reading 1M reports through the gateway, beside Datasette on the same rows: newest 100 with two filters, and by id."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil

from bench import load, seed
from bench.table import Line
from contracts.region import load_region
from pendapa.live.process import free_port
from tests.journey.system import ROOT, System

LEAN = "_shape=array&_nocount=1&_nofacet=1&_nosuggest=1"


def run(folder: Path, rows: int) -> list[Line]:
    """Both servers on the first core, one after the other in each round, the load on the last."""
    system = System(folder / "data", "embedded", seed.REGION)
    prepare(folder, rows)
    psutil.Process().cpu_affinity(list(load.CLIENT_CORE))
    ids = [record.id for record in seed.records(load_region(seed.REGION), rows)][:: max(1, rows // 5000)]
    filters = [
        (record.word("agency"), state)
        for record in seed.records(load_region(seed.REGION), 60)
        for state in ("closed", "disposed", "responded")
    ]
    with _ours(system), _datasette(folder / "peer.db") as (peer_pid, peer_port):
        assert system.process is not None
        ours = system.process.pid, system.port
        by_id = load.measure(*ours, [load.get(f"/v1/reports/{id}") for id in ids])
        peer_id = load.measure(peer_pid, peer_port, [load.get(f"/peer/report/{id}.json?_shape=array") for id in ids])
        newest = load.measure(*ours, [load.get(f"/v1/reports?agency={a}&status={s}") for a, s in filters])
        question = "/peer/report.json?agency={}&status={}&_sort_desc=received_at&_size=100&" + LEAN
        peer_newest = load.measure(peer_pid, peer_port, [load.get(question.format(a, s)) for a, s in filters])
    million = f"{rows:,} reports"
    return [
        _line(f"newest 100, two filters, {million}", newest, peer_newest, 5),
        _line(f"by id, {million}", by_id, peer_id, 3),
    ]


def prepare(folder: Path, rows: int) -> None:
    """Make both databases, once: the next run finds them."""
    (folder / "data/embedded").mkdir(parents=True, exist_ok=True)
    if not (folder / "made").exists():
        seed.fill(folder / "data/embedded/publish.sqlite", rows)
        seed.fill_peer(folder / "peer.db", rows)
        (folder / "made").touch()


def _line(name: str, ours: load.Result, peer: load.Result, goal: float) -> Line:
    figures = f"{ours.cpu_ms:.3f} ms CPU, {ours.per_second:,.0f}/s, p99 {ours.p99_ms:.1f} ms"
    beside = f"Datasette {peer.cpu_ms:.3f} ms CPU, {peer.per_second:,.0f}/s"
    return Line(name, figures, beside, f"{peer.cpu_ms / ours.cpu_ms:.1f}x", f"≥ {goal:g}x")


@contextmanager
def _ours(system: System) -> Iterator[None]:
    system.start()
    assert system.process is not None
    _pin(system.process.pid)
    try:
        yield
    finally:
        system.end()


@contextmanager
def _datasette(database: Path) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "datasette", "serve", "-i", str(database), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _pin(process.pid)
    try:
        System.until(lambda: _answers(port), 120, "Datasette ready")
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/-/versions.json").status_code == 200
    except httpx2.TransportError:
        time.sleep(0.2)
        return False


def _pin(pid: int) -> None:
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        for thread in process.threads():
            psutil.Process(thread.id).cpu_affinity(list(load.SERVER_CORE))
