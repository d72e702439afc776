"""Every time of every file is spelled in one way: pandas reads each column of times as such, and loses none."""

from pathlib import Path

import orjson
import pandas
import pytest

from services.publish.releases import cut as releases
from services.publish.releases import numbers
from services.publish.releases.files import Files
from tests.publish.conftest import NOW, Desk, closed, disposed
from tests.publish.keeping import RELEASES
from tests.publish.test_older_version import change_as_before


def times_read(release: Path) -> int:
    """How many times stand in the CSV files of the release; fails if pandas reads one of them as none."""
    package = orjson.loads((release / "datapackage.json").read_bytes())
    count = 0
    for resource in package["resources"]:
        names = [each["name"] for each in resource.get("schema", {}).get("fields", ()) if each["type"] == "datetime"]
        written = pandas.read_csv(release / resource["path"], dtype=str, keep_default_na=False) if names else None
        for name in names:
            assert written is not None
            times = pandas.to_datetime(written[name], format="%Y-%m-%dT%H:%M:%S.%fZ", errors="coerce", utc=True)
            assert (times.isna() == (written[name] == "")).all(), (resource["path"], name)
            assert set(written[name].str.len()) <= {0, 24}, (resource["path"], name)
            count += int(times.notna().sum())
    return count


def test_times_of_facts_of_any_form_are_read(desk: Desk, tmp_path: Path) -> None:
    before, now = desk.open(), desk.open()
    desk.publish(disposed(before), disposed(now), closed(now))
    change_as_before(desk, before, "Besok")
    number = releases.cut(desk.engine, Files(f"file://{tmp_path}"), desk.signer, desk.region, NOW)
    assert times_read(tmp_path / numbers.folder(number)) > 20


SPELLED = [folder for folder in RELEASES if "spelling" in orjson.loads((folder / "datapackage.json").read_bytes())]
"""The kept releases since times have one spelling; in those before, they are as they were hashed."""


@pytest.mark.parametrize("release", SPELLED, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_times_of_kept_releases_are_read(release: Path) -> None:
    assert times_read(release) > 100
