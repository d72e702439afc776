"""Reading 1M reports through the gateway, beside Datasette on the same rows; and ten times as many, beside 1M.

*Cold* is what no cache has; *warm* is asked for again and again, and the gateway asks publish whether its copy is good.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil

from bench import growing, load, questions, seed
from bench.table import Line
from pendapa.live.process import free_port
from tests.journey.system import ROOT, System

LEAN = "_shape=array&_nocount=1&_nofacet=1&_nosuggest=1"
_LIST = "newest 100, two filters"
_DEEP = "100 in the middle of that list"
_ONE = "by id"
_WORD = "newest 100 with a word that half have"
_DATABASE = Path("data/embedded/publish.sqlite")


class _Pendapa:
    """A server on the first core, asked from the last one."""

    def __init__(self, folder: Path) -> None:
        self.asked = questions.read(folder / _DATABASE)
        with (folder / _DATABASE).open("rb") as file:  # into the machine's memory: no disk is measured
            while file.read(2**24):
                pass
        self.system = System(folder / "data", "embedded", seed.REGION)

    @contextmanager
    def up(self) -> Iterator[None]:
        self.system.start()
        assert self.system.process is not None
        _pin(self.system.process.pid)
        try:
            yield
        finally:
            self.system.end()

    def measure(self, requests: Sequence[bytes], *, cold: bool) -> load.Result:
        assert self.system.process is not None
        return load.measure(self.system.process.pid, self.system.port, requests, in_order=cold)

    def cold(self) -> dict[str, load.Result]:
        """Measure requests that all differ, so that no cache can answer them."""
        asked = self.asked
        of = {
            _LIST: asked.list_cold,
            _DEEP: asked.deep_cold,
            _ONE: asked.one_cold,
            _WORD: asked.word_cold,
        }
        return {name: self.measure(requests, cold=True) for name, requests in of.items()}


def run(folder: Path, rows: int) -> list[Line]:
    """Both servers on the first core, one after the other in each round, the load on the last."""
    prepare(folder, rows)
    psutil.Process().cpu_affinity(list(load.CLIENT_CORE))
    ours = _Pendapa(folder)
    with ours.up(), _datasette(folder / "peer.db") as (pid, port):
        cold = ours.cold()
        list_warm, one_warm = (ours.measure(each, cold=False) for each in (ours.asked.list_warm, ours.asked.one_warm))
        ids = [load.get(f"/peer/report/{id}.json?_shape=array") for id in ours.asked.ids[::12]]
        peer_one = load.measure(pid, port, ids)
        question = "/peer/report.json?agency={}&status={}&_sort_desc=received_at&_size=100&" + LEAN
        peer_list = load.measure(pid, port, [load.get(question.format(*each)) for each in ours.asked.filters])
    one, first, deep, word = (cold[name] for name in (_ONE, _LIST, _DEEP, _WORD))
    return [
        _line(f"{_LIST}, {rows:,} reports, cold", first, peer_list, 5),
        _line("the same, warm", list_warm, peer_list, 5),
        _line(f"{_ONE}, {rows:,} reports, cold", one, peer_one, 7),
        _line("the same, warm", one_warm, peer_one, 7),
        Line(f"{_WORD}, {rows:,} reports", _figures(word), "", "", "≤ 3 ms CPU"),
        _beside(f"{_DEEP}, {rows:,} reports", deep, "the newest 100", first),
    ]


def run_ten_times(folder: Path, million: Path, rows: int, times: int = 10) -> list[Line]:
    """The same questions of so many times as many reports, beside those of `rows`."""
    prepare(million, rows)
    (folder / "data/embedded").mkdir(parents=True, exist_ok=True)
    if not (folder / "made").exists():
        growing.fill(million / _DATABASE, folder / _DATABASE, times)
        (folder / "made").touch()
    psutil.Process().cpu_affinity(list(load.CLIENT_CORE))
    small, large = _Pendapa(million), _Pendapa(folder)
    with small.up(), large.up():
        of_small, of_large = small.cold(), large.cold()
    return [
        _beside(f"{name}, {rows * times:,} reports", result, f"{rows:,} reports", of_small[name])
        for name, result in of_large.items()
    ]


def prepare(folder: Path, rows: int) -> None:
    """Make both databases, once: the next run finds them."""
    (folder / "data/embedded").mkdir(parents=True, exist_ok=True)
    if not (folder / "made").exists():
        seed.fill(folder / "data/embedded/publish.sqlite", rows)
        seed.fill_peer(folder / "peer.db", rows)
        (folder / "made").touch()


def _figures(result: load.Result) -> str:
    return f"{result.cpu_ms:.3f} ms CPU, {result.per_second:,.0f}/s, p99 {result.p99_ms:.1f} ms"


def _line(name: str, ours: load.Result, peer: load.Result, goal: float) -> Line:
    beside = f"Datasette {peer.cpu_ms:.3f} ms CPU, {peer.per_second:,.0f}/s"
    return Line(name, _figures(ours), beside, f"{peer.cpu_ms / ours.cpu_ms:.1f}x", f"≥ {goal:g}x")


def _beside(name: str, result: load.Result, of: str, other: load.Result) -> Line:
    """How much more it costs than another question of ours."""
    return Line(
        name, _figures(result), f"{of} {other.cpu_ms:.3f} ms CPU", f"{result.cpu_ms / other.cpu_ms:.2f}", "≤ 1.2"
    )


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
