"""A city's table brought in by `pendapa import`: rows a second until every one is public, and the peak of memory."""

import csv
import random
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from bench.table import Line
from tests.journey.system import ROOT, System, running

ROWS = 20_000
REGION = ROOT / "tests/regions/nyc"
_KINDS = ("Noise - Commercial", "Blocked Driveway", "Illegal Parking", "Noise - Street/Sidewalk")


def run(folder: Path, footing: str) -> list[Line]:
    """Import 20,000 invented rows in New York's form; wait until all are public."""
    folder.mkdir(parents=True, exist_ok=True)
    source = table(folder / "city.csv")
    with running(footing, REGION) as system:
        peak = Peak(system)
        url, key = f"http://127.0.0.1:{system.port}", system.keys["official"]
        options = ["--map", str(REGION / "import.yaml"), "--url", url, "--key", key]
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "pendapa.main", "import", str(source), *options],
            check=True,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        accepted = time.perf_counter() - begin
        System.until(lambda: public(system) >= ROWS, 600, "public")
        elapsed = time.perf_counter() - begin
        resident = peak.end()
    figures = f"{ROWS / elapsed:,.0f} rows/s to public ({ROWS / accepted:,.0f} accepted), peak {resident:.0f} MB"
    return [Line(f"import of {ROWS:,} rows, {footing}", figures, "", "", "≥ 500 rows/s")]


def public(system: System) -> int:
    """The number of public requests, by Open311, in the months of the table."""
    window = "start_date=2015-11-01T00:00:00Z&end_date=2016-01-20T00:00:00Z&page_size=1"
    time.sleep(0.2)
    return int(system.http.get(f"/open311/v2/requests.json?{window}").headers["x-total-count"])


def table(path: Path) -> Path:
    """Invented rows, a minute apart, in the columns of New York's table."""
    rng = random.Random(1)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        names = "unique_key created_date closed_date agency complaint_type descriptor borough status incident_zip"
        rows.writerow([*names.split(), "latitude", "longitude"])
        for n in range(ROWS):
            at = datetime(2015, 12, 1, tzinfo=UTC) + timedelta(minutes=n)
            closed = f"{at + timedelta(hours=2):%m/%d/%Y %I:%M:%S %p}"
            point = (round(40.6 + rng.random() / 4, 6), round(-74 + rng.random() / 4, 6))
            kind = rng.choice(_KINDS)
            row = [n, f"{at:%m/%d/%Y %I:%M:%S %p}", closed, "NYPD", kind, "Loud, again", "QUEENS", "Closed", "11101"]
            rows.writerow([*row, *point])
    return path


class Peak:
    """The largest resident memory of a system's processes together, measured ten times a second."""

    def __init__(self, system: System) -> None:
        assert system.process is not None
        self._process = psutil.Process(system.process.pid)
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> float:
        """The peak in MB."""
        self._ended.set()
        self._thread.join()
        return self._peak / 2**20

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            resident = 0
            for process in [self._process, *self._process.children(recursive=True)]:
                try:
                    resident += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self._peak = max(self._peak, resident)
