"""A field or dataset declared in one place is served everywhere: tests add both to a copy of the source and use them.

The copy runs on a data folder that an earlier version left, so that older data is served too.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from services.publish.datasets.forms import NEWEST
from services.publish.verify.release import verify_release
from tests.journey.growing import Copy, started
from tests.journey.system import System
from tests.publish import keeping

FORM = NEWEST + 1
"""What is new makes a form of its own."""
FIELD = f"""    Field(
        "redacted",
        Type.BOOLEAN,
        Said("Apakah data pribadi dihapus dari isi laporan.", "Whether personal data was taken out of its words."),
        since={FORM},
        filters=(Equal(lambda _: ("true", "false")),),
        taken=(CaseOpened,),
    ),
"""
DATASET = '''"""The dataset *channels*: how reports can come in."""

from collections.abc import Iterator, Sequence

from contracts.events import Channel
from services.publish.datasets.dataset import Dataset, Snapshot, chunks
from services.publish.datasets.field import Field, Row, Said, Type

FIELDS = (Field("channel", Type.STRING, Said("Kanal.", "A channel."), empty=False),)


def _rows(_: Snapshot) -> Iterator[Sequence[Row]]:
    return chunks([{"channel": channel.value} for channel in Channel])


DATASET = Dataset(
    name="channels",
    title=Said("Kanal", "Channels"),
    about=Said("Kanal masuknya laporan.", "How reports can come in."),
    fields=FIELDS,
    key="channel",
    rows=_rows,
)
'''


@dataclass
class Grown:
    """The running copy, with the reports and the release that the tests look at."""

    copy: Copy
    system: System
    older: dict[str, str]
    """The ids of the reports of the earlier version."""
    release: dict[str, Any]
    folder: Path
    """The release, downloaded."""
    new: str
    """The id of a report that this system took in."""


@pytest.fixture(scope="module", params=keeping.FORMS)
def grown(request: pytest.FixtureRequest) -> Iterator[Grown]:
    with TemporaryDirectory(prefix="pendapa-") as folder:
        copy = Copy(Path(folder) / "source")
        copy.insert("services/publish/datasets/reports.py", '    Field(\n        "text_salt"', FIELD)
        copy.add("services/publish/datasets/channels.py", DATASET)
        data = keeping.unpack(request.param, Path(folder))
        with started(data, copy.folder, "tests/regions/tiny") as system:
            older = keeping.reports(request.param)
            new = _work(system, older)
            release = system.release()
            yield Grown(copy, system, older, release, system.download(release, Path(folder) / "release"), new)


def _work(system: System, older: dict[str, str]) -> str:
    """File a report whose words are redacted, and answer one of the earlier version."""
    answer = system.http.post(
        "/v1/reports",
        headers=system.bearer("official"),
        json={"text": "Jalan rusak, NIK saya 3522012345678901", "category": "jalan-rusak"},
    )
    assert answer.status_code == 202, answer.text
    new = str(answer.json()["id"])
    system.until(lambda: system.http.get(_desk(new), headers=system.bearer("official")).status_code == 200, 60, "known")
    if system.http.get(_desk(new), headers=system.bearer("official")).json()["status"] == "held":
        assert system.act(new, "verify", system.bearer("official")).status_code == 200
    system.public(new, "disposed")
    agency = system.public(older["answerable"])["agency"]
    act = system.act(older["answerable"], "respond", system.bearer("agencies", agency), text="Ditambal", acted=True)
    assert act.status_code == 200, act.text
    system.public(older["answerable"], "responded")
    assert system.parked() == 0
    return new


def _desk(report: str) -> str:
    return f"/agency/v1/reports/{report}"


def rows_of(grown: Grown, name: str) -> list[dict[str, str]]:
    with (grown.folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def package_of(grown: Grown) -> dict[str, Any]:
    package: dict[str, Any] = orjson.loads((grown.folder / "datapackage.json").read_bytes())
    return package


def test_nothing_else_was_changed(grown: Grown) -> None:
    field, dataset = grown.copy.changed
    assert field == "services/publish/datasets/reports.py"
    assert dataset == "services/publish/datasets/channels.py"


def test_a_field_is_in_every_answer_of_new_and_of_older_reports(grown: Grown) -> None:
    listed = {report["id"]: report["redacted"] for report in grown.system.all_reports()}
    assert listed[grown.new] is True
    assert {listed[grown.older[name]] for name in ("answerable", "responded", "closed", "confidential")} == {None}
    assert grown.system.public(grown.new)["redacted"] is True
    assert grown.system.public(grown.older["answerable"])["redacted"] is None


def test_a_field_filters_as_it_says(grown: Grown) -> None:
    ids = [report["id"] for report in grown.system.all_reports(redacted="true")]
    assert ids == [grown.new]
    assert list(grown.system.all_reports(redacted="false")) == []
    assert grown.system.http.get("/v1/reports?redacted=perhaps").status_code == 400


def test_a_field_and_a_dataset_are_described_by_openapi_and_the_documents(grown: Grown) -> None:
    document = grown.system.http.get("/openapi.json").json()
    assert "redacted" in document["components"]["schemas"]["Report"]["properties"]
    listed = document["paths"]["/v1/reports"]["get"]["parameters"]
    assert "redacted" in {parameter["name"] for parameter in listed}
    dataset_ids = document["paths"]["/v1/datasets/{id}/releases"]["get"]["parameters"][0]["schema"]["enum"]
    assert "channels" in dataset_ids
    grown.copy.run("services.publish.describe")
    page = (grown.copy.folder / "docs/datasets.md").read_text()
    assert f"| `redacted` | boolean | yes | `redacted` | member, form {FORM} |" in page
    assert "## channels: Channels (Kanal)" in page


def test_a_field_is_a_column_of_every_file_and_a_member_of_a_form_of_its_own(grown: Grown) -> None:
    values = {row["id"]: row["redacted"] for row in rows_of(grown, "reports.csv")}
    assert values[grown.new] == "true"
    assert {value for report, value in values.items() if report != grown.new} == {""}
    table = pq.read_table(grown.folder / "reports.parquet").to_pylist()
    assert {row["id"]: row["redacted"] for row in table}[grown.new] is True
    forms = {form["form"]: form["record"] for form in package_of(grown)["forms"]}
    assert "redacted" not in forms[NEWEST]
    assert "redacted" in forms[FORM]
    newest = {row["id"]: row["form"] for row in rows_of(grown, "history.csv")}
    assert (newest[grown.new], newest[grown.older["answerable"]]) == (str(FORM), str(FORM))
    assert int(newest[grown.older["closed"]] or 1) <= NEWEST, "what did not change keeps its form"


def test_a_dataset_is_listed_and_released_with_all_others(grown: Grown) -> None:
    listed = grown.system.http.get("/v1/datasets").json()["datasets"]
    assert "channels" in [dataset["id"] for dataset in listed]
    release = grown.system.http.get("/v1/datasets/channels/releases/latest").json()
    assert release["number"] == grown.release["number"]
    assert {"channels.csv", "channels.jsonl", "channels.parquet", "reports.csv"} <= {
        f["name"] for f in release["files"]
    }
    assert {"channel": "walk-in"} in rows_of(grown, "channels.csv")


def test_the_release_verifies_by_the_copy_and_by_the_version_without_the_field_and_dataset(
    grown: Grown, tmp_path: Path
) -> None:
    key = grown.system.http.get("/log/key").text
    (tmp_path / "log.key").write_text(key)
    output = grown.copy.run("pendapa.main", "verify", str(grown.folder), "--key", str(tmp_path / "log.key"))
    assert "rows of channels" in output
    result = verify_release(grown.folder, key)
    assert result.faults == []
    assert result.rows["channels"] == 11
