"""From an accepted SMS to the officials' desk, and from their act to the public record, one message at a time."""

import time
from collections.abc import Callable
from typing import NamedTuple

from bench.seed import REGION
from bench.table import Line
from tests.journey.system import System, running

MESSAGES = 200
GOALS = {"embedded": 0.5, "distributed": 1.5}
_WARM = 20


class Delays(NamedTuple):
    """The seconds that one message took."""

    to_desk: float
    """From the reply to the handset until officials can read it."""
    to_public: float
    """From their verification until the record answers 200; of what the machine opens, both are the same moment."""


def run(footing: str) -> list[Line]:
    """Send messages one after the other, each measured until its report is on the desk and then public."""
    with running(footing, REGION) as system:
        for n in range(_WARM):
            delays(system, -n)
        measured = [delays(system, n) for n in range(MESSAGES)]
    goal = f"p99 ≤ {GOALS[footing]:g} s"
    return [
        Line(f"SMS accepted to the desk, {footing}", _figures([each.to_desk for each in measured]), "", "", goal),
        Line(f"verified to public, {footing}", _figures([each.to_public for each in measured]), "", "", goal),
    ]


def delays(system: System, n: int) -> Delays:
    words = f"BJN Jalan desa Tapelan kecamatan Kapas rusak parah, lubang ke {n}"
    reply = system.sms(words, id=f"bench-{n}", sender=f"+6281100{n % 10000:04d}")
    begin = time.perf_counter()
    report = system.report_of(reply)
    official = system.bearer("official")
    _wait(lambda: system.http.get(f"/agency/v1/reports/{report}", headers=official).status_code == 200)
    seen = time.perf_counter()
    system.act(report, "verify", official)
    _wait(lambda: system.http.get(f"/v1/reports/{report}").status_code == 200)
    return Delays(seen - begin, time.perf_counter() - seen)


def _wait(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.002)


def _figures(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"
