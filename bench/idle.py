"""Measures how much CPU the process of the embedded footing uses in a minute without requests, with 100,000 reports."""

import time
from pathlib import Path

import psutil

from bench.memory import REPORTS, started
from bench.table import Line

SETTLE_SECONDS = 30.0
SECONDS = 60.0


def run(folder: Path) -> list[Line]:
    """Fill, start, let it settle, and measure the share of one core, user and system."""
    system = started(folder)
    try:
        assert system.process is not None
        system.http.close()
        share = idle_share(psutil.Process(system.process.pid))
    finally:
        system.end()
    return [Line(f"at rest with {REPORTS:,} reports, embedded", f"{share:.2%} of a core", "", "", "≤ 1%")]


def idle_share(process: psutil.Process) -> float:
    """The share of one core that a process takes over `SECONDS`, after `SETTLE_SECONDS`."""
    time.sleep(SETTLE_SECONDS)
    before, began = process.cpu_times(), time.monotonic()
    time.sleep(SECONDS)
    after, took = process.cpu_times(), time.monotonic() - began
    used: float = after.user + after.system - before.user - before.system
    return used / took
