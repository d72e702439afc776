"""A start loads only what it needs: each of these libraries takes longer than all else that a start does."""

import subprocess
import sys
from pathlib import Path

import pytest

from contracts.region import load_region
from contracts.region.drawn import Drawn
from contracts.region.files import read_files
from pendapa.region import load_to_serve
from tests.pendapa.test_up import ROOT

REGION = ROOT / "regions/bojonegoro"
FOR_LATER = {
    *("shapely", "scipy", "pyarrow"),  # points and outlines; learning; Parquet and stores of objects
    *("httpx", "httpx2"),  # webhooks and witnesses
    *("jinja2", "markdown_it"),  # pages
    *("psycopg", "confluent_kafka", "kafka"),  # the distributed footing
}
_START = """
import sys
from pathlib import Path
from contracts.region.drawn import Drawn
from pendapa.region import load_to_serve
import pendapa.embedded
path, kept = map(Path, sys.argv[1:])
drawn = Drawn(kept, path)
region, _ = load_to_serve(path, drawn)
region.extents
drawn.keep()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def _loaded(kept: Path) -> set[str]:
    """The packages of a process that has loaded the server and the region."""
    command = [sys.executable, "-c", _START, str(REGION), str(kept)]
    return set(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split())


def test_a_second_start_loads_no_library_that_only_some_requests_need(tmp_path: Path) -> None:
    kept = tmp_path / "outlines.json"
    assert "shapely" in _loaded(kept)
    assert _loaded(kept) & FOR_LATER == set()


def test_what_is_kept_of_outlines_is_what_is_computed(tmp_path: Path) -> None:
    fresh = load_region(REGION)
    for _ in range(2):
        drawn = Drawn(tmp_path / "outlines.json", REGION)
        region, _ = load_to_serve(REGION, drawn)
        drawn.keep()
        assert region.outlines == fresh.outlines
        assert region.extents == fresh.extents
        files = read_files(REGION, drawn)
        assert files.outlines.line == read_files(REGION).outlines.line


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b'{"of": "another"}'])
def test_a_file_of_outlines_that_is_damaged_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    kept = tmp_path / "outlines.json"
    for _ in range(2):
        drawn = Drawn(kept, REGION)
        region, _ = load_to_serve(REGION, drawn)
        drawn.keep()
        assert region.extents
        assert len(kept.read_bytes()) > 1000
        kept.write_bytes(damage)


def test_a_boundary_that_was_changed_is_computed_anew(tmp_path: Path) -> None:
    for name in ("boundaries.geojson", "places.csv"):
        (tmp_path / name).write_bytes((REGION / name).read_bytes())
    kept = tmp_path / "outlines.json"
    drawn = Drawn(kept, tmp_path)
    drawn.note(load_region(REGION), read_files(REGION).outlines.line)
    drawn.keep()
    assert Drawn(kept, tmp_path).outlines() is not None
    with (tmp_path / "boundaries.geojson").open("a") as file:
        file.write("\n")
    assert Drawn(kept, tmp_path).outlines() is None
