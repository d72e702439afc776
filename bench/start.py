"""How long a start of the embedded footing takes, from its launch to /readyz: the first one, and those after it."""

import statistics
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from bench import seed
from bench.table import Line
from tests.journey.system import System

REPORTS = 100_000
LATER = 5


class _Start(NamedTuple):
    seconds: float
    cpu: float
    """User and system time of the process, in seconds."""


def run(folder: Path) -> list[Line]:
    """Start it on an empty folder, fill its record, and start it again `LATER` times; the median of these."""
    system = System(folder / "data", "embedded", seed.REGION)
    first = _start(system)
    (system.data / "embedded/publish.sqlite").unlink()
    seed.fill(system.data / "embedded/publish.sqlite", REPORTS)
    later = [_start(system) for _ in range(LATER)]
    again = _Start(*(statistics.median(column) for column in zip(*later, strict=True)))
    return [
        Line("first start, embedded", _told(first), "", "", ""),
        Line(f"second start with {REPORTS:,} reports, embedded", _told(again), "", "", "≤ 2 s"),
    ]


def _start(system: System) -> _Start:
    begin = time.perf_counter()
    system.start()
    seconds = time.perf_counter() - begin
    assert system.process is not None
    times = psutil.Process(system.process.pid).cpu_times()
    system.end()
    return _Start(seconds, times.user + times.system)


def _told(start: _Start) -> str:
    return f"{start.seconds:.2f} s, {start.cpu:.2f} s CPU"
