"""A release that an earlier version published verifies for ever, whatever fields and datasets came later."""

import shutil
from pathlib import Path

import pytest

from services.publish.verify.release import verify_release
from tests.publish.keeping import RELEASES, log_key


@pytest.mark.parametrize("release", RELEASES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_kept_release_verifies(release: Path) -> None:
    found = verify_release(release, log_key(release))
    assert found.faults == []
    assert found.reports > 0


@pytest.mark.parametrize("release", RELEASES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
@pytest.mark.parametrize("name", ["reports.csv", "reports.jsonl", "history.csv", "history.jsonl", "reports.parquet"])
def test_a_changed_byte_of_a_kept_release_is_found_and_its_file_is_named(
    release: Path, name: str, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(release, tmp_path / "copy"))
    whole = bytearray((copy / name).read_bytes())
    whole[len(whole) // 2] ^= 1
    (copy / name).write_bytes(whole)
    faults = verify_release(copy, log_key(release)).faults
    assert any(fault.file == name or name in fault.what for fault in faults)
