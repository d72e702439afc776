"""Other people's client programs, unchanged, read and file reports."""

import csv
import gzip
import io
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas
import pyarrow.parquet
import pytest

from tests.journey.system import TAPELAN, System, running

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running("embedded") as system:
        yield system


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """PyPI's `three`, which needs a name that Python 3 removed."""
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)
    import three

    module: ModuleType = three
    return module


@pytest.fixture
def city(three: ModuleType, system: System) -> Any:
    return three.Three(f"http://127.0.0.1:{system.port}/open311/v2", api_key=system.keys["filing"])


def test_three_finds_the_endpoint_and_its_services(system: System, city: Any) -> None:
    discovery = city.discovery()
    assert {endpoint["type"] for endpoint in discovery["endpoints"]} == {"production"}
    codes = {service["service_code"] for service in city.services()}
    assert "jalan-rusak" in codes
    assert city.services("jalan-rusak")["service_code"] == "jalan-rusak"


def test_three_reads_requests_with_filters_and_page_by_page(system: System, city: Any) -> None:
    reports = {system.report_of(system.sms(f"{TAPELAN} {n}", id=f"three-{n}")) for n in range(3)}
    for report in reports:
        system.public(report)

    def ids(**filters: Any) -> set[str]:
        return {request["service_request_id"] for request in city.requests(**filters)}

    assert reports <= ids(code="jalan-rusak", status="open")
    assert not ids(status="closed") & reports
    pages = [city.requests("jalan-rusak", count=2, page=page) for page in (1, 2, 3, 4)]
    paged = [request["service_request_id"] for page in pages for request in page]
    assert reports <= set(paged)
    assert (len(pages[0]), len(paged)) == (2, len(set(paged)))
    day = city.request(next(iter(reports)))[0]["requested_datetime"][:10]
    year, month, date = day.split("-")
    assert ids(between=[f"{month}-{date}-{int(year) - 1}", f"{month}-{date}-{int(year) - 1}"]) == set()


def test_three_asks_for_one_request_and_for_its_token(system: System, city: Any) -> None:
    reply = system.sms(f"{TAPELAN} token", id="three-token")
    report = system.report_of(reply)
    system.public(report)
    [request] = city.request(report)
    assert (request["service_request_id"], request["service_code"]) == (report, "jalan-rusak")
    [token] = city.token(report)
    assert token["service_request_id"] == report


@pytest.mark.parametrize("media", [None, PNG], ids=["a form", "with a photo"])
def test_three_files_a_request(system: System, city: Any, media: bytes | None) -> None:
    photo = {"media": io.BytesIO(media)} if media else {}
    description = f"Jalan berlubang di desa Tapelan, {'dengan' if media else 'tanpa'} foto"
    [receipt] = city.post(
        "jalan-rusak",
        description=description,
        address="Desa Tapelan, Kapas",
        name="Budi Contoh",
        phone="+62811000000",
        email="budi@example.org",
        **photo,
    )
    system.public(receipt["service_request_id"])
    [request] = city.request(receipt["service_request_id"])
    assert request["description"] == description


def test_three_is_refused_without_a_key(three: ModuleType, system: System) -> None:
    keyless = three.Three(f"http://127.0.0.1:{system.port}/open311/v2")
    assert keyless.discovery()["endpoints"]
    [error] = keyless.post("jalan-rusak", description="jalan rusak", address="Tapelan")
    assert error["code"] == 403
    assert error["description"].startswith("api_key: required")


@pytest.fixture(scope="module")
def release(system: System, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A downloaded release, with texts that a careless reader of CSV misreads."""
    for number, words in enumerate(('"kutip", koma; titik', "=1+1", "baris\nbaru", "emoji 🕳️", "007")):
        system.public(system.report_of(system.sms(f"{TAPELAN} {words}", id=f"release-{number}")))
    return system.download(system.release(), tmp_path_factory.mktemp("clients") / "release")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # frictionless leaves the gzip file open
def test_frictionless_finds_a_release_valid(release: Path) -> None:
    import frictionless

    validation = frictionless.Package(str(release / "datapackage.json")).validate()
    assert validation.valid, validation.flatten(["fieldName", "type", "message"])
    rows = {task.name: task.stats.get("rows") for task in validation.tasks}
    assert rows.keys() >= {"reports-csv", "history-csv"}, rows
    assert min(filter(None, rows.values())) >= 5


def test_every_reader_reads_the_same_reports(release: Path) -> None:
    with (release / "reports.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 5
    assert gzip.decompress((release / "reports.csv.gz").read_bytes()) == (release / "reports.csv").read_bytes()
    plain = pandas.read_csv(release / "reports.csv", dtype=str, keep_default_na=False)
    assert plain.to_dict("records") == rows
    table = pyarrow.parquet.read_table(release / "reports.parquet")
    assert table.column_names == list(rows[0])
    lines = [json.loads(line) for line in (release / "reports.jsonl").read_text("utf-8").split("\n") if line]
    for name in ("id", "kind", "category", "status", "text"):
        expected = [row[name] for row in rows]
        assert [value or "" for value in table.column(name).to_pylist()] == expected
        assert [line[name] or "" for line in lines] == expected
    framed = pandas.read_parquet(release / "reports.parquet")
    written = pandas.to_datetime(plain["received_at"], utc=True)
    assert (framed["received_at"] == written).all()
