"""The reference region has the regency's real places and agencies, and every region in the source tree loads."""

import csv
from datetime import date
from pathlib import Path

import pytest

from contracts.events import Channel, Closure, Kind, Location
from contracts.region import Region, load_region
from contracts.region.words import REPLIES
from pendapa import importmap
from pendapa.mapcolumns import MapColumn
from services.routing.receive import ReportReader

REGIONS = [Path("regions/bojonegoro"), Path("tests/regions/tiny"), Path("tests/regions/nyc")]
MAPS = {
    Path("regions/bojonegoro/import/lapor2017.yaml"): Path("regions/bojonegoro"),
    Path("regions/bojonegoro/import/lapor2021.yaml"): Path("regions/bojonegoro"),
    Path("regions/bojonegoro/import/bojonegoro.yaml"): Path("regions/bojonegoro"),
    Path("regions/bojonegoro/import/purbalingga.yaml"): Path("regions/bojonegoro"),
    Path("regions/bojonegoro/import/sp4n-lapor.yaml"): Path("regions/bojonegoro"),
    Path("regions/bojonegoro/model/sentences.yaml"): Path("regions/bojonegoro"),
    Path("tests/regions/nyc/import.yaml"): Path("tests/regions/nyc"),
}


@pytest.fixture(scope="module")
def bojonegoro() -> Region:
    return load_region(REGIONS[0])


@pytest.mark.parametrize("path", REGIONS, ids=lambda path: path.name)
def test_every_region_of_the_tree_loads(path: Path) -> None:
    assert load_region(path).id == path.name


def test_it_has_28_kecamatan_each_with_an_agency_and_430_villages(bojonegoro: Region) -> None:
    kecamatan = [place for place in bojonegoro.places.values() if place.type == "kecamatan"]
    assert len(kecamatan) == 28
    assert len(bojonegoro.places) == 28 + 430
    assert set(bojonegoro.kecamatan_agencies) == {place.code for place in kecamatan}


def test_a_report_filed_at_the_centre_of_a_village_is_of_that_village(bojonegoro: Region) -> None:
    reader, villages = ReportReader(bojonegoro), [p for p in bojonegoro.places.values() if p.type != "kecamatan"]
    found = {p.code: reader.place_in(Location(lat=p.lat, long=p.long), "jalan rusak") for p in villages}
    assert found == {
        p.code: {"place": p.code, "place_from": "coordinates", "place_other": None} for p in villages
    }  # "Kapas" too, whose name in words would need a "desa" before it


def test_every_place_has_a_centre_a_box_and_an_outline(bojonegoro: Region) -> None:
    assert all(None not in extent for extent in bojonegoro.extents.values())


def test_every_agency_that_a_category_names_exists_today(bojonegoro: Region) -> None:
    for category in bojonegoro.categories.values():
        assert bojonegoro.agencies[category.agency].is_valid(date(2026, 11, 24)), category.code


def test_a_sensitive_category_is_never_verified_by_the_machine(bojonegoro: Region) -> None:
    sensitive = [category for category in bojonegoro.categories.values() if category.sensitive]
    assert {category.code for category in sensitive} == {"pungli", "perilaku-pegawai", "kekerasan"}
    assert all(category.verify == "official" for category in sensitive)
    assert bojonegoro.categories[bojonegoro.default_category].verify == "official"


def test_names_that_are_also_words_are_names_of_places(bojonegoro: Region) -> None:
    assert bojonegoro.common_names <= {place.name for place in bojonegoro.places.values()}


@pytest.mark.parametrize(("path", "home"), MAPS.items(), ids=lambda path: path.name)
def test_an_import_map_names_only_codes_that_the_region_has(path: Path, home: Path) -> None:
    region, mapping = load_region(home), importmap.load(path)
    ours = {"category": set(region.categories), "agency": set(region.agencies), "place": set(region.places)}
    ours |= {"kind": {str(kind) for kind in Kind}, "closure": {str(closure) for closure in Closure}}
    ours |= {"channel": {str(channel) for channel in Channel}}
    for key, codes in ours.items():
        if isinstance(column := getattr(mapping, key), MapColumn):
            more = {code for alternatives in column.any_of.values() for code in alternatives} | column.any_of.keys()
            named = {*column.values.values(), *column.patterns.values(), *more, column.default or ""}
            assert named <= codes | {""}, key


def test_every_spelling_of_an_agency_on_lapor_is_in_the_maps(bojonegoro: Region) -> None:
    spelled = {agency.name_lapor: agency.id for agency in bojonegoro.agencies.values() if agency.name_lapor}
    assert len(spelled) == 31
    for name, ended in (("sp4n-lapor", "disperta"), ("bojonegoro", "dkpp")):
        column = importmap.load(REGIONS[0] / f"import/{name}.yaml").agency
        assert column is not None
        assert column.values == spelled | {"Dinas Pertanian Kab. Bojonegoro": ended}


def test_the_sentences_are_labelled_with_codes_that_exist_and_every_category_has_some(bojonegoro: Region) -> None:
    with (REGIONS[0] / "model/sentences.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["category"] for row in rows} == set(bojonegoro.categories)
    assert {row["agency"] for row in rows} <= {*bojonegoro.agencies, ""}
    assert {row["kind"] for row in rows} == {str(kind) for kind in Kind}
    assert len({row["text"] for row in rows}) == len(rows)


def test_a_category_that_is_not_ours_says_where_to_turn(bojonegoro: Region) -> None:
    not_ours = {category.code for category in bojonegoro.categories.values() if category.elsewhere}
    assert {category.group for category in bojonegoro.categories.values() if category.code in not_ours} == {
        "Bukan wewenang kabupaten"
    }
    assert {"polisi", "imigrasi", "pos", "perbankan"} <= not_ours


def test_the_readme_lists_every_reply_with_its_placeholders() -> None:
    lines = [line.split(" | ") for line in (REGIONS[0] / "README.md").read_text().splitlines() if " | " in line]
    listed = {
        line[0].strip("| `"): {name.strip("*{} |") for name in line[2].split(",")} - {""}
        for line in lines[1:]
        if len(line) == 3
    }
    everywhere = {"prefix", "contact", "region"}
    for name, rule in REPLIES.items():
        assert listed[name] == rule.must | (rule.may - everywhere), name
