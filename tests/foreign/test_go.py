"""Go's own packages for signed notes and transparency logs prove our log without a line of ours."""

from pathlib import Path

import httpx2
import pytest

from tests.foreign.conftest import HERE, run, tool
from tests.journey.system import System

pytestmark = pytest.mark.foreign


def proof(system: System, folder: Path) -> tuple[Path, Path]:
    """The log's key and the proof of a report, as files."""
    report = next(system.all_reports())["id"]
    key, proof_file = folder / "key", folder / "proof.json"
    key.write_bytes(fetch(system, "/log/key").content)
    proof_file.write_bytes(fetch(system, f"/v1/reports/{report}/proof").content)
    return key, proof_file


def fetch(system: System, path: str) -> httpx2.Response:
    return system.http.get(path).raise_for_status()


def test_gos_packages_prove_a_report_in_the_log(system: System, tmp_path: Path) -> None:
    go = tool("go", "golang-go")
    key, proof_file = proof(system, tmp_path)
    output = run(go, "run", ".", key, proof_file, folder=HERE / "go", GOFLAGS="-mod=readonly")
    assert output.startswith("2 leaves proven in a tree of ")


def test_gos_packages_refuse_a_proof_that_was_changed(system: System, tmp_path: Path) -> None:
    go = tool("go", "golang-go")
    key, proof_file = proof(system, tmp_path)
    text = proof_file.read_text()
    at = text.rindex('"hashes":["') + len('"hashes":["')
    proof_file.write_text(f"{text[:at]}{'0' if text[at] != '0' else '1'}{text[at + 1 :]}")
    with pytest.raises(AssertionError, match=r"invalid|proof|malformed"):
        run(go, "run", ".", key, proof_file, folder=HERE / "go", GOFLAGS="-mod=readonly")
