"""Who is named in a message: agencies by their names and what people call them, and whom and what they oversee."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.region import load_region
from services.routing.reading.named import Named

REGION = load_region(Path("regions/bojonegoro"))
NAMED = Named.of(REGION.agencies.values())


@dataclass(frozen=True)
class Office:
    id: str
    name: str
    short_name: str | None = None
    parent: str | None = "government"
    place: str | None = None
    aliases: tuple[str, ...] = ()
    oversees: tuple[str, ...] = ()
    valid_to: date | None = None


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("DINKES tolong turun", "dinkes"),
        ("pelayanan dispendukcapil lama", "dukcapil"),
        ("Dinas PU kapan kerja", "dpu-bmpr"),
        ("perawat RSUD Sumberejo judes", "rsud-sumberrejo"),
        ("dokter rsud dr. sosodoro tidak ada", "rsud-bojonegoro"),
        ("satpol pp diam saja", "satpolpp"),
        ("sudah telepon PLN", "bag-sda"),
        ("Dinas Pertanian mohon penyuluhan", "dkpp"),
        ("pak camat Kapas tolong", "kec-kapas"),
        ("kades kami", "dpmd"),
    ],
)
def test_offices_are_known_by_what_people_call_them(text: str, agency: str) -> None:
    assert NAMED.find(text)[0].agency == agency


def test_an_office_itself_says_more_than_what_it_oversees_and_that_more_than_its_area() -> None:
    weights = NAMED.weights("dishub mohon cek puskesmas di kecamatan Dander")
    assert weights == {"dishub": 1.0, "dinkes": 0.6, "kec-dander": 0.2}


def test_a_landmark_says_little() -> None:
    assert NAMED.weights("lampu mati di depan SMPN 1")["disdik"] < NAMED.weights("guru SMPN 1 bolos")["disdik"] / 2


def test_of_names_that_overlap_the_longest_counts() -> None:
    offices = [Office("health", "Dinas Kesehatan", aliases=("dinas",)), Office("all", "Dinas")]
    assert NAMED.find("bagian hukum")[0].words == "bagian hukum"
    assert Named.of(offices).weights("dinas kesehatan") == {"health": 1.0}


def test_a_name_of_an_agency_that_ended_is_its_successors() -> None:
    offices = [
        Office("old", "Dinas Tani", valid_to=date(2021, 12, 31)),
        Office("new", "Dinas Pangan", aliases=("dinas tani",)),
    ]
    assert Named.of(offices).weights("dinas tani") == {"new": 1.0}


def test_the_government_itself_is_not_named() -> None:
    assert Named.of([Office("city", "Kota Besar", parent=None)]).find("Kota Besar") == ()


@given(st.text())
def test_any_text_names_agencies_of_the_region_once_with_a_weight(text: str) -> None:
    found = NAMED.find(text)
    assert len({each.agency for each in found}) == len(found)
    assert all(each.agency in REGION.agencies and 0 < each.weight <= 1 for each in found)
