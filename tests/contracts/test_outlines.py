"""boundaries.geojson: what is wrong in it is told with its line, and places have a centre, a box and an outline."""

import json
import shutil
from pathlib import Path

import pytest

from contracts.region import RegionFault, load_region
from contracts.region.area import Area

TINY = Path("tests/regions/tiny")
FILE = "boundaries.geojson"
SUMBERARUM = "35.22.14.2002"


def square(west: float, south: float = -7.3) -> list[list[list[float]]]:
    west, south, east, north = (round(side, 2) for side in (west, south, west + 0.02, south + 0.02))
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def feature(code: str, coordinates: object, kind: str = "Polygon") -> str:
    geometry = {"type": kind, "coordinates": coordinates}
    return json.dumps({"type": "Feature", "properties": {"code": code}, "geometry": geometry})


def folder_with(tmp_path: Path, *features: str, bbox: str = "") -> Path:
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    (folder / FILE).write_text('{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n")
    if bbox:
        (folder / "region.yaml").write_text((folder / "region.yaml").read_text() + f"bbox: {bbox}\n")
    return folder


GOOD = feature(SUMBERARUM, square(111.85))


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (feature("35.22.14.9999", square(111.85)), "there is no place '35.22.14.9999'"),
        (GOOD, f"'{SUMBERARUM}' already stands on line 2"),
        (feature("35.22.14.2001", [111.8, -7.2], "Point"), "no outline; write a Polygon or MultiPolygon"),
        (feature("35.22.14.2001", square(111.85)[0]), "no outline; write a Polygon or MultiPolygon"),
        (feature("35.22.14.2001", []), "no outline; write a Polygon or MultiPolygon"),
        (feature("35.22.14.2001", [[[111, -7], [112, -8], [112, -7], [111, -8], [111, -7]]]), "crosses itself"),
        (feature("35.22.14.2001", [[[y, x] for x, y in square(111.85)[0]]]), "swap or convert them"),
        (feature("35.22.14.2001", square(106.8)), "it lies outside the bbox of region.yaml"),
        (feature("35.22.14.2001", square(600_000)), "swap or convert them"),
        ('{"type": "Feature", "properties": null, "geometry": null}', "feature 2 names no place"),
        ("oops", "bad JSON"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, wrong: str, what: str) -> None:
    with pytest.raises(RegionFault) as caught:
        load_region(folder_with(tmp_path, GOOD, wrong, bbox="[111.4, -7.65, 112.2, -6.95]"))
    (fault,) = caught.value.faults
    assert Path(fault.file).name == FILE
    assert what in fault.what
    assert fault.line == (2 if "names no place" in what else 3)


def test_a_place_has_a_centre_a_box_and_an_outline(tmp_path: Path) -> None:
    outlines = [feature(f"35.22.14.200{n}", square(111.80 + n / 50)) for n in (1, 2, 3)]
    extents = load_region(folder_with(tmp_path, *outlines)).extents
    assert extents[SUMBERARUM][:3] == (-7.26, 111.86, Area(111.84, -7.3, 111.86, -7.28))
    kecamatan = extents["35.22.14"]
    assert kecamatan.lat == pytest.approx(-7.29)
    assert kecamatan.long == pytest.approx(111.85)
    assert kecamatan[2] == Area(111.82, -7.3, 111.88, -7.28)
    assert json.loads(kecamatan.outline or "")["type"] == "Polygon"
    drawn_nowhere = extents["35.22.11"]
    assert drawn_nowhere[:2] == (-7.305, 112.005), "the middle of its desa"
    assert drawn_nowhere.bbox == Area(112.0, -7.31, 112.01, -7.3)
    assert drawn_nowhere.outline is None


def test_a_kecamatan_of_which_a_desa_is_not_drawn_has_no_outline(tmp_path: Path) -> None:
    extent = load_region(folder_with(tmp_path, GOOD)).extents["35.22.14"]
    assert extent.outline is None


def test_a_word_of_digits_alone_must_be_a_code() -> None:
    region = load_region(TINY)
    lacked = ["35.22.14.9999", "3522", " 35-22 "]
    assert [word for word in (*lacked, "35.22.14", "Nirwana", "RT 3", "-", "") if region.lacks_place(word)] == lacked
