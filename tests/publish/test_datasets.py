"""What each dataset of a release holds, asked over HTTP; one cut has them all."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from services.publish.datasets.all import DATASETS
from services.publish.formats import FORMATS
from services.publish.releases import cut
from services.publish.releases.files import Files
from tests.publish.conftest import NOW, Desk, disposed, opened

Row = dict[str, Any]


@pytest.fixture
def rows(desk: Desk, client: TestClient, tmp_path: Path) -> dict[str, list[Row]]:
    """The rows of each dataset of a release of two reports."""
    desk.open(days_ago=400)
    event = opened()
    desk.publish(event, disposed(event.subject, "dinlama"))
    cut.cut(desk.engine, Files(f"file://{tmp_path / 'files'}"), desk.signer, desk.region, NOW)
    lines = {name: client.get(f"/v1/datasets/{name}/releases/latest/{name}.jsonl").content for name in DATASETS}
    return {name: [orjson.loads(line) for line in data.splitlines()] for name, data in lines.items()}


def test_whichever_dataset_is_asked_for_the_release_lists_the_whole_cut(
    client: TestClient, rows: dict[str, list[Row]]
) -> None:
    expected = {f"{dataset}.{format.suffix}" for dataset in DATASETS for format in FORMATS}
    listed = client.get("/v1/datasets").json()["datasets"]
    assert [dataset["id"] for dataset in listed] == [
        "reports", "history", "agencies", "calendar", "categories", "places",
    ]  # fmt: skip
    for dataset in listed:
        assert dataset["titles"]["en"] == dataset["title"] != dataset["titles"]["id"]
        release = client.get(dataset["latest"]).json()
        assert (release["number"], release["rows"]) == (1, len(rows[dataset["id"]]))
        assert {file["name"] for file in release["files"]} >= expected
        assert client.get(f"{release['url']}/places.csv").status_code == 200


def test_the_calendar_has_each_day_that_did_not_count_from_the_first_report_on(rows: dict[str, list[Row]]) -> None:
    days = {row["date"]: row["why"] for row in rows["calendar"]}
    assert (days["2026-12-24"], days["2026-11-28"]) == ("Cuti bersama Natal", "weekend")
    assert "2026-11-27" not in days
    assert (min(days), max(days)) == ("2025-01-01", "2027-12-26")


def test_a_name_stands_beside_each_code(rows: dict[str, list[Row]]) -> None:
    newest = rows["reports"][-1]
    assert (newest["agency"], newest["agency_name"]) == ("dinlama", "Dinas Lama")
    assert (newest["category_name"], newest["category_name_en"]) == ("Jalan rusak", "Damaged road")
    assert rows["reports"][0]["agency_name"] is None
    assert [row.get("agency_name") for row in rows["history"]] == [None, None, "Dinas Lama"]
    agencies = {row["id"]: row for row in rows["agencies"]}
    assert agencies["dpu"]["parent_name"] == "Pemerintah Kabupaten Kecil"
    assert agencies["dinlama"]["valid_to"] == "2016-12-31"


def test_a_category_has_its_deadlines_and_a_place_its_kecamatan(rows: dict[str, list[Row]]) -> None:
    bribery = next(row for row in rows["categories"] if row["code"] == "pungli")
    assert (bribery["sensitive"], bribery["verify_days"], bribery["respond_days"]) == (True, 1, 2)
    assert bribery["agency_name"] == "Inspektorat"
    assert {"code": "35.22.14.2003", "kecamatan": "Dander"}.items() <= rows["places"][3].items()


def test_a_report_that_is_dated_in_the_future_does_not_shorten_the_calendar(
    desk: Desk, client: TestClient, tmp_path: Path
) -> None:
    desk.open(days_ago=-800)
    cut.cut(desk.engine, Files(f"file://{tmp_path / 'files'}"), desk.signer, desk.region, NOW)
    lines = client.get("/v1/datasets/calendar/releases/1/calendar.csv").text.splitlines()
    assert lines[0] == "date,why"
    assert lines[1] == "2026-01-01,Tahun Baru Masehi"
