"""A city's table that comes every night: what changed in it is taken once, public and proven; the rest is told."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pendapa.main import app
from tests.journey.conftest import require_servers
from tests.journey.system import ROOT, System, running

COLUMNS = ("id", "text", "category", "agency", "place", "lat", "long", "received", "closed", "closure")
MAP = """
source: kota
id: id
text: text
category: category
agency: agency
place: place
lat: lat
long: long
received_at: {column: received, timezone: Asia/Jakarta}
closed_at: {column: closed, timezone: Asia/Jakarta}
closure: closure
confidential: false
"""
ROW = {"category": "jalan-rusak", "place": "35.22.14.2001", "received": "2026-11-20T08:00:00"}
CLOSED = {"closed": "2026-11-21T08:00:00", "closure": "done"}
FIRST: dict[str, dict[str, str]] = {
    "same": {"lat": "-7.25", "long": "111.85"},
    "ended": {},
    "moved": {"lat": "-7.25", "long": "111.85"},
    "other": {"category": "kesehatan"},
    "words": {},
    "dates": {},
    "opened": CLOSED,
}
CHANGES: dict[str, dict[str, str]] = {
    "ended": CLOSED,
    "moved": {"place": "35.22.11.2001", "lat": "-7.30", "long": "112.01"},
    "other": {"category": "jalan-rusak"},
    "words": {"text": "jalan rusak dan banjir", **CLOSED},
    "dates": {"received": "2026-11-19T08:00:00"},
    "opened": {"closed": "", "closure": ""},
    "later": {},
}


class Night:
    """A folder with the table and its map, and the server that it is imported into."""

    def __init__(self, folder: Path, system: System) -> None:
        self.table, self.refused, self.system = folder / "kota.csv", folder / "refused.csv", system
        (folder / "map.yaml").write_text(MAP)

    def bring(self, rows: Mapping[str, Mapping[str, str]]) -> tuple[int, str]:
        """The exit and the line that counts the rows."""
        with self.table.open("w", newline="") as file:
            table = csv.DictWriter(file, COLUMNS)
            table.writeheader()
            table.writerows([{"id": id, "text": f"jalan rusak {id}", **ROW, **row} for id, row in rows.items()])
        map, url = self.table.with_name("map.yaml"), f"http://127.0.0.1:{self.system.port}"
        arguments = ["--map", str(map), "--url", url, "--key", self.system.keys["official"]]
        done = CliRunner().invoke(app, ["import", str(self.table), *arguments, "--refused", str(self.refused)])
        [summary] = [line for line in done.stdout.splitlines() if " unchanged, " in line]
        return done.exit_code, summary

    def public(self, id: str) -> dict[str, Any]:
        [report] = self.system.all_reports(q=id) or [{}]
        return dict(self.system.public(report["id"]))


@pytest.mark.parametrize("footing", ["embedded", pytest.param("distributed", marks=pytest.mark.live)])
def test_a_table_that_comes_every_night(footing: str, tmp_path: Path) -> None:
    if footing == "distributed":
        require_servers()
    with running(footing, ROOT / "tests/regions/tiny") as system:
        night = Night(tmp_path, system)
        assert night.bring(FIRST) == (0, "7 new, 0 changed, 0 unchanged, 0 refused")
        system.until(lambda: len(list(system.all_reports())) == 7, 60, "public")
        system.until(lambda: len(list(system.all_reports(status="closed"))) == 1, 60, "closed")
        system.until(lambda: not list(system.all_reports(status="verified")), 60, "disposed")
        before = {id: night.public(id) for id in FIRST}

        second = {id: {**FIRST.get(id, {}), **CHANGES.get(id, {})} for id in (*FIRST, "later")}
        assert night.bring(second) == (1, "1 new, 3 changed, 1 unchanged, 3 refused")
        with night.refused.open() as file:
            refused = {row["id"]: row["reason"].partition(":")[0] for row in csv.DictReader(file)}
        assert refused == {"words": "/text", "dates": "/received_at", "opened": "/closed_at"}
        system.until(lambda: len(night.public("moved")["history"]) == 3, 60, "moved")
        system.until(lambda: night.public("other")["agency"] == "dpu", 60, "disposed again")
        system.until(lambda: len(list(system.all_reports())) == 8, 60, "public")

        check_changes(night, before)
        assert night.bring(second) == (1, "0 new, 0 changed, 5 unchanged, 3 refused")
        assert night.bring({id: second[id] for id in ("same", "ended", "later")})[0] == 0
        check_answer(night)
        assert system.parked() == 0
        check_release(night, tmp_path)


def check_changes(night: Night, before: Mapping[str, Mapping[str, Any]]) -> None:
    ended = night.system.public(before["ended"]["id"], "closed")
    assert (ended["closed_at"], ended["closure"]) == ("2026-11-21T01:00:00.000Z", "done")
    assert [step["what"] for step in ended["history"]] == ["verified", "disposed", "closed"]
    assert ended["updated_at"] > before["ended"]["updated_at"]
    moved, other = night.public("moved"), night.public("other")
    assert (moved["place"]["kecamatan"], moved["lat"], moved["long"]) == ("Kedungadem", -7.3, 112.01)
    assert moved["history"][-1]["what"] == "relocated"
    assert (other["category"], other["history"][-1]["what"]) == ("jalan-rusak", "disposed")
    for id in ("same", "words", "dates", "opened"):
        assert night.public(id) == before[id], id
    for report in (ended, moved, other):
        assert len(report["log"]) == len(report["history"])


def check_answer(night: Night) -> None:
    """A program tells the answer that a row of the table got."""
    system, report = night.system, night.public("later")
    body = {
        "text": report["text"],
        "source": {"name": "kota", "id": "later"},
        "category": "jalan-rusak",
        "place": "35.22.14.2001",
        "response": {"text": "Ditambal, hub 0811000000", "at": "2026-11-21T08:00:00+07:00", "acted": True},
    }
    answer = system.http.post("/v1/reports", headers=system.bearer("official"), json=body)
    assert (answer.status_code, answer.json()["outcome"], answer.json()["id"]) == (202, "changed", report["id"])
    step = system.public(report["id"], "responded")["history"][-1]
    assert (step["at"], step["what"], step["agency"]) == ("2026-11-21T01:00:00.000Z", "responded", "dpu")
    assert step["text"] == "Ditambal, hub [telepon]"


def check_release(night: Night, folder: Path) -> None:
    system = night.system
    release = system.download(system.release(), folder / "release")
    with (release / "reports.csv").open(newline="") as file:
        rows = {row["text"].rpartition(" ")[2]: row for row in csv.DictReader(file)}
    assert (rows["ended"]["status"], rows["moved"]["place_code"]) == ("closed", "35.22.11.2001")
    with (release / "history.csv").open(newline="") as file:
        assert [row["id"] for row in csv.DictReader(file) if row["what"] == "relocated"] == [rows["moved"]["id"]]
    (folder / "log.key").write_text(system.http.get("/log/key").text)
    checked = CliRunner().invoke(app, ["verify", str(release), "--key", str(folder / "log.key")])
    assert checked.exit_code == 0, checked.output
