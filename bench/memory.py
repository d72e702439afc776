"""The memory of the embedded footing's process with 100,000 reports, after reading, filing and a release."""

from pathlib import Path

import psutil

from bench import load, seed
from bench.table import Line
from contracts.region import load_region
from tests.journey.system import System

REPORTS = 100_000


def started(folder: Path) -> System:
    """The embedded footing with so many reports, started."""
    system = System(folder / "data", "embedded", seed.REGION)
    (system.data / "embedded").mkdir(parents=True)
    seed.fill(system.data / "embedded/publish.sqlite", REPORTS)
    system.start()
    return system


def run(folder: Path) -> list[Line]:
    """Fill, start, read pages and single reports, file a few, cut a release; measure the memory before and after it."""
    system = started(folder)
    try:
        assert system.process is not None
        process = psutil.Process(system.process.pid)
        agencies = sorted({record.word("agency") or "" for record in seed.records(load_region(seed.REGION), 500)})
        paths = [f"/v1/reports?agency={agency}" for agency in agencies]
        paths += [f"/open311/v2/requests.json?page={page}&page_size=100" for page in range(1, 20)]
        load.measure(process.pid, system.port, [load.get(path) for path in paths], seconds=3, rounds=2)
        for n in range(50):
            system.sms(f"BJN jalan rusak desa Tapelan kecamatan Kapas {n}", id=f"memory-{n}")
        before = process.memory_info().rss / 2**20
        system.release()
        after = process.memory_info().rss / 2**20
    finally:
        system.end()
    figures = f"{before:.0f} MB resident, {after:.0f} MB after a release of all"
    return [Line(f"memory with {REPORTS:,} reports, embedded", figures, "", "", "≤ 300 MB")]
