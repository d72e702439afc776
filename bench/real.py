"""`python -m bench.real FILE MAP REGION`: imports a real table on both footings and counts its reports on each face."""

import csv
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from bench.importing import Peak
from tests.journey.system import ROOT, System, running


def main(file: str, mapping: str, region: str) -> None:
    for footing in ("embedded", "distributed"):
        with TemporaryDirectory() as folder, running(footing, Path(region).resolve()) as system:
            print(footing, json.dumps(import_and_count(system, file, mapping, Path(folder)), indent=2), flush=True)


def import_and_count(system: System, file: str, mapping: str, folder: Path) -> dict[str, object]:
    """Import the table, wait until nothing more becomes public, then count the reports on every face."""
    peak, begin = Peak(system), time.perf_counter()
    options = ["--map", mapping, "--url", f"http://127.0.0.1:{system.port}", "--key", system.keys["official"]]
    options += ["--refused", str(folder / "refused.csv")]
    result = subprocess.run(
        [sys.executable, "-m", "pendapa.main", "import", file, *options], cwd=ROOT, capture_output=True, text=True
    )
    print(result.stdout[-600:], result.stderr[-600:])
    accepted = time.perf_counter() - begin
    wait_until_still(system)
    elapsed = time.perf_counter() - begin
    reports = {report["id"]: report for report in system.all_reports()}
    number = system.release()
    release = system.download(number, folder / "release")
    key = folder / "key"
    key.write_text(system.http.get("/log/key").text)
    verify = [sys.executable, "-m", "pendapa.main", "verify", str(release), "--key", str(key)]
    checked = subprocess.run(verify, cwd=ROOT, capture_output=True, text=True)
    lines = (release / "reports.jsonl").read_text("utf-8").splitlines()
    released = {(row := json.loads(line))["id"]: row for line in lines}
    with (release / "history.csv").open(encoding="utf-8", newline="") as history:
        in_log = {row["id"] for row in csv.DictReader(history)} - {""}  # a release is a fact of no report
    with (release / "reports.csv").open(encoding="utf-8", newline="") as table:
        in_csv = {row["id"]: row["place_code"] for row in csv.DictReader(table)}
    requests = open311(system)
    parquet = pq.read_table(release / "reports.parquet")
    return {
        "rest": len(reports),
        "closed": sum(report["status"] == "closed" for report in reports.values()),
        "open311": len({request["service_request_id"] for request in requests}),
        "csv": len(in_csv),
        "jsonl says what rest says": released.keys() == reports.keys()
        and all(released[id].items() >= report.items() for id, report in reports.items()),
        "parquet": parquet.num_rows,
        "with a place": {
            "rest": sum(report["place"] is not None for report in reports.values()),
            "open311": sum(request["address_id"] is not None for request in requests),
            "csv": sum(map(bool, in_csv.values())),
            "jsonl": sum(row["place"] is not None for row in released.values()),
            "parquet": parquet.num_rows - parquet["place_code"].null_count,
        },
        "in the log": len(in_log & set(reports)),
        "same ids everywhere": set(reports) == set(in_csv) == in_log,
        "verify exits": checked.returncode,
        "seconds to accepted": round(accepted, 1),
        "seconds to public": round(elapsed, 1),
        "peak MB, all processes": round(peak.end()),
    }


def wait_until_still(system: System) -> None:
    """Wait until the number of public reports stands still for three seconds."""
    before, since = -1, time.monotonic()
    while time.monotonic() - since < 3:
        checkpoint = int(system.http.get("/log/checkpoint").text.splitlines()[1])
        if checkpoint != before:
            before, since = checkpoint, time.monotonic()
        time.sleep(0.2)


def open311(system: System) -> list[dict[str, Any]]:
    """All requests, page by page and window by window, as a client reads them."""
    requests: list[dict[str, Any]] = []
    url: str | None = "/open311/v2/requests.json?page_size=1000"
    while url:
        answer = system.http.get(url).raise_for_status()
        requests += answer.json()
        url = (answer.links.get("next") or answer.links.get("prev-archive") or {}).get("url")
    return requests


if __name__ == "__main__":
    main(*sys.argv[1:])
