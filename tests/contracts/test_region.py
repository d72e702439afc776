"""A region's folder is read whole, and every fault is told at once with its file and line."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.region import FileFault, RegionFault, load_region
from contracts.region.read import read_yaml

TINY = Path("tests/regions/tiny")
FILES = ["agencies.csv", "categories.yaml", "clocks.yaml", "holidays.yaml", "places.csv", "region.yaml", "words.yaml"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def faults(folder: Path) -> list[FileFault]:
    with pytest.raises(RegionFault) as caught:
        load_region(folder)
    return [fault._replace(file=Path(fault.file).name) for fault in caught.value.faults]


def change(path: Path, old: str, new: str) -> int:
    """Replaces `old` and gives the line where it began."""
    text = path.read_text()
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def half(text: str) -> str:
    return text[: len(text) // 2]


def backwards(text: str) -> str:
    return text[::-1]


def test_a_region_keeps_the_order_and_the_values_of_its_files() -> None:
    region = load_region(TINY)
    assert next(iter(region.categories)) == "jalan-rusak"
    assert region.categories["pungli"].sensitive
    assert region.categories["pungli"].words == ("pungli", "suap", "pungutan liar")
    assert region.categories["kesehatan"].agency_by_place == {"35.22.11": "kec-kedungadem"}
    assert region.places["35.22.11"].aliases == ("Kedung Adem",)
    assert region.kecamatan_agencies == {"35.22.14": "kec-dander", "35.22.11": "kec-kedungadem"}
    assert region.clocks["cepat"].respond == 2
    assert region.holidays.added == {date(2026, 12, 24): "Cuti bersama Natal"}
    assert region.weekend == {5, 6}
    assert region.zone.key == "Asia/Jakarta"


def test_an_agency_exists_on_its_first_and_its_last_day() -> None:
    agency = load_region(TINY).agencies["dinlama"]
    days = [date(1999, 12, 31), date(2000, 1, 1), date(2016, 12, 31), date(2017, 1, 1)]
    assert [agency.is_valid(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        (
            "agencies.csv",
            "dpu,Dinas Pekerjaan Umum,dinas,kecil",
            "dpu,Dinas PU,dinas,besar",
            "'dpu': there is no agency 'besar' to be its parent",
        ),
        ("agencies.csv", "dpu,Dinas", "official,Dinas", "'official' is what the history calls somebody else"),
        ("agencies.csv", "2016-12-31", "1999-12-31", "'dinlama': valid_to 1999-12-31 is before valid_from 2000-01-01"),
        ("agencies.csv", "dinkes,Dinas Kesehatan", "dpu,Dinas Kesehatan", "'dpu' already stands on line 3"),
        (
            "agencies.csv",
            "kecamatan,kecil,35.22.14",
            "kecamatan,kecil,35.22.99",
            "'kec-dander': there is no place '35.22.99'",
        ),
        ("categories.yaml", "agency: dpu", "agency: dpx", "'jalan-rusak': there is no agency 'dpx'"),
        ("categories.yaml", "clock: cepat", "clock: lambat", "'kesehatan': there is no clock 'lambat'"),
        (
            "categories.yaml",
            "35.22.11: kec-kedungadem",
            "35.22.99: kec-kedungadem",
            "'kesehatan': there is no place '35.22.99'",
        ),
        ("categories.yaml", "35.22.11: kec-kedungadem", "35.22.11: kec-x", "'kesehatan': there is no agency 'kec-x'"),
        ("categories.yaml", "code: pungli", "code: kesehatan", "'kesehatan' already stands on line 9"),
        ("categories.yaml", "sensitive: true", "sensitiv: true", "unknown key 'sensitiv'"),
        (
            "categories.yaml",
            "verify: official",
            "verify: nobody",
            "'verify': Input should be 'auto' or 'official' (here: 'nobody')",
        ),
        ("clocks.yaml", "verify: 3", "verify: 0", "'verify': Input should be greater than or equal to 1 (here: 0)"),
        ("clocks.yaml", "cepat: {", "biasa: {", "'biasa' stands here twice"),
        ("holidays.yaml", "2026-12-24", "2026-12-34", "bad value '2026-12-34': day is out of range for month"),
        (
            "places.csv",
            "35.22.14.2002,Sumberarum,desa,35.22.14",
            "35.22.14.2002,Sumberarum,desa,35.22.98",
            "'35.22.14.2002': there is no kecamatan '35.22.98'",
        ),
        ("places.csv", "-7.24,", "-97.24,", "'lat': Input should be greater than or equal to -90 (here: '-97.24')"),
        ("region.yaml", "coordinator: dinkominfo", "coordinator: dinkominfi", "there is no agency 'dinkominfi'"),
        ("region.yaml", "default_category: lainnya", "default_category: apa", "there is no category 'apa'"),
        ("region.yaml", "Asia/Jakarta", "Asia/Bojonegoro", "'timezone': no such timezone (here: 'Asia/Bojonegoro')"),
        (
            "words.yaml",
            "terlambat, {agency}",
            "terlambat, {agenci}{agency}",
            "the reply 'late': nothing is called {agenci}",
        ),
    ],
)
def test_a_fault_is_told_with_its_file_line_and_what(folder: Path, file: str, old: str, new: str, what: str) -> None:
    line = change(folder / file, old, new)
    assert FileFault(file, line, what) in faults(folder)


def test_a_circle_of_parents_is_told_once(folder: Path) -> None:
    change(folder / "agencies.csv", "kecil,Pemerintah Kabupaten Kecil,regency,,", "kecil,Kecil,regency,dpu,")
    assert faults(folder) == [FileFault("agencies.csv", 2, "a circle of parents: kecil > dpu > kecil")]


def test_a_category_without_a_clock_is_told(folder: Path) -> None:
    change(folder / "categories.yaml", "  agency: dpu\n  clock: biasa\n", "  agency: dpu\n")
    assert faults(folder) == [FileFault("categories.yaml", 1, "'jalan-rusak': no clock")]


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_one_fault_and_drags_no_other_along(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert faults(folder) == [FileFault(file, 1, "the file is missing")]


def test_a_folder_that_is_not_there_lacks_all_its_files(tmp_path: Path) -> None:
    assert [fault.file for fault in faults(tmp_path / "nowhere")] == FILES


@pytest.mark.parametrize("file", FILES)
def test_an_empty_file_is_a_fault(folder: Path, file: str) -> None:
    (folder / file).write_text("")
    assert file in {fault.file for fault in faults(folder)}


def test_bad_yaml_is_told_with_its_line(folder: Path) -> None:
    (folder / "words.yaml").write_text("slang:\n  a: [b\nreplies: {}\n")
    assert [(fault.file, fault.line) for fault in faults(folder)] == [("words.yaml", 3)]


def test_a_file_that_is_not_utf_8_is_told(folder: Path) -> None:
    (folder / "places.csv").write_bytes(b"\xff\xfe")
    assert FileFault("places.csv", 1, "not UTF-8") in faults(folder)


def test_faults_of_all_files_come_at_once(folder: Path) -> None:
    change(folder / "agencies.csv", "dinlama,", "Din Lama,")
    change(folder / "categories.yaml", "agency: dpu", "agency: nobody")
    change(folder / "clocks.yaml", "silence: 10", "silence: ten")
    change(folder / "region.yaml", "phone_country: ID", "phone_country: Indonesia")
    assert {fault.file for fault in faults(folder)} == {"agencies.csv", "categories.yaml", "clocks.yaml", "region.yaml"}


def test_the_text_of_the_fault_has_one_line_for_each(folder: Path) -> None:
    change(folder / "region.yaml", "coordinator: dinkominfo", "coordinator: x")
    with pytest.raises(RegionFault) as caught:
        load_region(folder)
    assert str(caught.value) == f"{folder / 'region.yaml'}:13: there is no agency 'x'"


@pytest.mark.parametrize("spoil", [str.upper, str.title, half, backwards])
@pytest.mark.parametrize("file", FILES)
def test_whatever_a_file_holds_only_region_faults_come_out(
    folder: Path, file: str, spoil: Callable[[str], str]
) -> None:
    path = folder / file
    path.write_text(spoil(path.read_text()))
    with suppress(RegionFault):
        load_region(folder)


@given(st.text(st.sampled_from("ab:-[]{} \n\t\"'#&*!|>?%@,1."), max_size=40))
def test_any_yaml_is_a_value_or_a_fault(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text)
    document = read_yaml(path)
    assert document.root is None or document.faults or document.line() == 1
