"""From an accepted SMS to the public record, one message at a time, as a resident would see it."""

import time

from bench.seed import REGION
from bench.table import Line
from tests.journey.system import System, running

MESSAGES = 200
GOALS = {"embedded": 0.5, "distributed": 1.5}


def run(footing: str) -> list[Line]:
    """Send messages one after the other, each measured until its report is public."""
    with running(footing, REGION) as system:
        for n in range(20):
            delay(system, -n)
        delays = sorted(delay(system, n) for n in range(MESSAGES))
    p50, p99 = delays[MESSAGES // 2], delays[int(MESSAGES * 0.99)]
    figures = f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"
    return [Line(f"SMS accepted to public, {footing}", figures, "", "", f"p99 ≤ {GOALS[footing]:g} s")]


def delay(system: System, n: int) -> float:
    """The seconds from the reply to the handset until the record answers 200."""
    words = f"BJN Jalan desa Tapelan kecamatan Kapas rusak parah, lubang ke {n}"
    reply = system.sms(words, id=f"bench-{n}", sender=f"+6281100{n % 10000:04d}")
    begin = time.perf_counter()
    report = system.report_of(reply)
    while system.http.get(f"/v1/reports/{report}").status_code != 200:
        time.sleep(0.002)
    return time.perf_counter() - begin
