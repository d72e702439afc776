"""An imported table of a city: every row becomes public once, equal on every face, and verifies."""

import csv
import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pendapa.main import app
from tests.journey.conftest import require_servers
from tests.journey.system import ROOT, System, running

REGION = ROOT / "tests/regions/nyc"
ROWS = 400
BOROUGHS = {"MANHATTAN": "36061", "BROOKLYN": "36047", "QUEENS": "36081", "BRONX": "36005", "STATEN ISLAND": "36085"}
NAMES = [*BOROUGHS, "Unspecified"]
SOURCE_ID = "their-own-number-"
COLUMNS = [
    "unique_key", "created_date", "closed_date", "agency", "complaint_type", "descriptor",
    "borough", "status", "incident_zip", "latitude", "longitude",
]  # fmt: skip


def table(path: Path) -> Path:
    """An invented table in the form of New York's.

    Every fifth row is open, every sixth without a borough, every seventh without coordinates.
    """
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for n in range(ROWS):
            at = datetime(2015, 12, 1, tzinfo=UTC) + timedelta(minutes=37 * n)
            closed = "" if n % 5 == 0 else f"{at + timedelta(hours=2):%m/%d/%Y %I:%M:%S %p}"
            point = ("", "") if n % 7 == 0 else (str(40.6 + n / 5000), str(-74.0 + n / 5000))
            kind = ("Noise - Commercial", "Blocked Driveway", "Illegal Parking")[n % 3]
            state = "Open" if n % 5 == 0 else "Closed"
            opened = f"{at:%m/%d/%Y %I:%M:%S %p}"
            what = ("NYPD", kind, "Loud, again", NAMES[n % 6], state, "11101")
            rows.writerow([f"{SOURCE_ID}{n}", opened, closed, *what, *point])
    return path


@pytest.mark.parametrize("footing", ["embedded", pytest.param("distributed", marks=pytest.mark.live)])
def test_every_row_is_public_once_on_every_face(footing: str, tmp_path: Path) -> None:
    if footing == "distributed":
        require_servers()
    source = table(tmp_path / "city.csv")
    with running(footing, REGION) as system:
        url, key = f"http://127.0.0.1:{system.port}", system.keys["official"]
        arguments = ["import", str(source), "--map", str(REGION / "import.yaml"), "--url", url, "--key", key]
        for _ in range(2):  # again, as after an interruption
            done = CliRunner().invoke(app, [*arguments, "--refused", str(tmp_path / "refused.csv")])
            assert done.exit_code == 0, done.output
        assert not (tmp_path / "refused.csv").exists()
        system.until(lambda: len(list(system.all_reports())) >= ROWS, 120, "public")
        system.until(lambda: len(list(system.all_reports(status="closed"))) >= ROWS * 4 // 5, 60, "closed")
        check_faces(system, tmp_path)
        check_source_ids_stay_in_intake(system, tmp_path)


def test_an_import_is_held_where_it_must_be_and_can_be_taken_back(tmp_path: Path) -> None:
    region = ROOT / "tests/regions/tiny"
    table, map = tmp_path / "kota.csv", tmp_path / "map.yaml"
    table.write_text(
        "id,isi,masuk,selesai\n"
        "1,Jalan rusak di depan pasar,2025-03-01,2025-03-04\n"
        "2,Ada pungli di kantor desa Sumberarum,2025-03-01,2025-03-04\n"
        "3,Jalan berlubang dekat sekolah,2025-03-01,\n"
    )
    map.write_text(
        "source: kota\nid: id\ntext: isi\nreceived_at: masuk\nclosed_at: selesai\nconfidential: false\n"
        "category: {column: isi, default: jalan-rusak}\n"
    )
    with running("embedded", region) as system:
        options = ["--url", f"http://127.0.0.1:{system.port}", "--key", system.keys["official"]]
        arguments = ["import", str(table), "--map", str(map), *options]
        first = CliRunner().invoke(app, arguments)
        assert "This is import 1" in first.output
        official = system.bearer("official")
        queue = "/agency/v1/reports?status=held&held_because=unsure"
        system.until(lambda: len(system.http.get(queue, headers=official).json()["reports"]) == 3, 30, "held")
        assert list(system.all_reports()) == []  # nobody chose the category

        assert CliRunner().invoke(app, ["import", "--undo", "1", *options]).exit_code == 0
        map.write_text(map.read_text().replace("category: {column: isi, default: jalan-rusak}\n", ""))
        second = CliRunner().invoke(app, arguments)
        assert "3 new" in second.output
        system.until(lambda: len(list(system.all_reports())) == 2, 30, "public")
        closed = next(report for report in system.all_reports() if report["status"] == "closed")
        assert (closed["received_at"], closed["closed_at"]) == ("2025-03-01T00:00:00.000Z", "2025-03-04T00:00:00.000Z")
        assert closed["received_at"] <= closed["verified_at"] <= closed["closed_at"] < closed["updated_at"]

        assert CliRunner().invoke(app, ["import", "--undo", "2", *options]).exit_code == 0
        system.until(lambda: not list(system.all_reports()), 30, "hidden")
        imports = system.http.get("/v1/imports", headers=official).json()["imports"]
        assert [(each["number"], each["reports"], bool(each["undone_at"])) for each in imports] == [
            (2, 3, True),
            (1, 3, True),
        ]


def check_faces(system: System, tmp_path: Path) -> None:
    reports = {report["id"]: report for report in system.all_reports()}
    assert len(reports) == ROWS
    closed = [report for report in reports.values() if report["status"] == "closed"]
    assert len(closed) == ROWS * 4 // 5
    assert {report["closed_at"][:4] for report in closed} == {"2015"}

    placed = Counter(BOROUGHS[NAMES[n % 6]] for n in range(ROWS) if n % 6 < 5)
    assert Counter(report["place"]["code"] for report in reports.values() if report["place"]) == placed
    assert {code: len(list(system.all_reports(place=code))) for code in placed} == placed

    guide = (ROOT / "docs/imports.md").read_text("utf-8")
    for what, count in (("public: REST", ROWS), ("with a place", placed.total()), ("closed", len(closed))):
        [line] = [line for line in guide.splitlines() if line.startswith(f"| {what}")]
        assert line.endswith(f"| {count} |"), line

    requests = open311(system)
    assert sorted(request["service_request_id"] for request in requests) == sorted(reports)
    assert Counter(request["address_id"] for request in requests if request["address_id"]) == placed

    release = system.release()
    folder = system.download(release, tmp_path / "release")
    lines = (folder / "reports.jsonl").read_text("utf-8").splitlines()
    released = {(row := json.loads(line))["id"]: row for line in lines}
    assert released.keys() == reports.keys()
    assert all(released[id].items() >= report.items() for id, report in reports.items()), "a release says less"
    with (folder / "reports.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows} == set(reports)
    assert Counter(row["place_code"] for row in rows if row["place_code"]) == placed
    assert Counter(row["place"]["code"] for row in released.values() if row["place"]) == placed
    assert gzip.decompress((folder / "reports.csv.gz").read_bytes()) == (folder / "reports.csv").read_bytes()
    parquet = pq.read_table(folder / "reports.parquet")
    assert set(parquet["id"].to_pylist()) == set(reports)
    assert Counter(filter(None, parquet["place_code"].to_pylist())) == placed
    key = tmp_path / "key"
    key.write_text(system.http.get("/log/key").text)
    checked = CliRunner().invoke(app, ["verify", str(folder), "--key", str(key)])
    assert checked.exit_code == 0, checked.output


def check_source_ids_stay_in_intake(system: System, tmp_path: Path) -> None:
    """Neither a public face nor a released file, nor the events and rows of the other services, have them."""
    report = next(iter(system.all_reports()))["id"]
    faces = [f"/v1/reports/{report}", "/v1/reports", f"/open311/v2/requests/{report}.json", "/open311/v2/requests.xml"]
    public = [system.http.get(face).raise_for_status().content for face in faces]
    public += [file.read_bytes() for file in (tmp_path / "release").rglob("*") if file.is_file()]
    assert not [content[:200] for content in public if SOURCE_ID.encode() in content]
    if system.footing == "embedded":
        files = [
            file for file in system.data.rglob("*") if file.is_file() and not file.name.startswith("intake.sqlite")
        ]
        assert not [file for file in files if SOURCE_ID.encode() in file.read_bytes()]


def open311(system: System) -> list[dict[str, str]]:
    """All requests, read as a client would: page by page within a window of 90 days."""
    requests: list[dict[str, str]] = []
    window = "start_date=2015-11-01T00:00:00Z&end_date=2016-01-20T00:00:00Z"
    for page in range(1, 100):
        rows = (
            system.http.get(f"/open311/v2/requests.json?{window}&page={page}&page_size=100").raise_for_status().json()
        )
        if not rows:
            return requests
        requests += rows
    raise AssertionError("the pages do not end")
