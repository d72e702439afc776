"""The candidates of a message: best first, at most three, and by the region's rules alone where it has no model."""

from pathlib import Path

import pytest

from contracts.region import Region, load_region
from services.routing.reading.candidates import MOST, CandidateFinder

BOJONEGORO = Path(__file__).parents[3] / "regions" / "bojonegoro"
KAPAS = "35.22.14"


@pytest.fixture(scope="module")
def bojonegoro() -> Region:
    return load_region(BOJONEGORO)


@pytest.fixture(scope="module")
def by_rules(bojonegoro: Region) -> CandidateFinder:
    return CandidateFinder(bojonegoro)


def test_without_a_model_the_machine_is_modest(by_rules: CandidateFinder) -> None:
    found = by_rules.find("paspor saya hilang, ke kantor imigrasi mana mengurus paspor", None, None)
    assert 0 < found[0].confidence <= 0.6
    assert by_rules.model.id == "rules"


def test_a_matter_that_is_not_ours_has_no_agency_and_says_where_to_turn(
    by_rules: CandidateFinder, bojonegoro: Region
) -> None:
    first = by_rules.find("mengurus paspor di kantor imigrasi lama sekali", None, None)[0]
    assert (first.agency, first.category) == (None, "imigrasi")
    assert bojonegoro.categories["imigrasi"].elsewhere in first.reason


def test_a_kecamatans_own_agency_is_that_of_the_place(by_rules: CandidateFinder) -> None:
    text = "pelayanan kecamatan lambat, pak camat tidak pernah di kantor camat"
    here = by_rules.find(text, KAPAS, None)
    assert here[0].agency == "kec-kapas"
    assert "Kapas" in here[0].reason
    nowhere = by_rules.find(text, None, None)
    assert nowhere[0].confidence <= here[0].confidence / 2 + 0.001


def test_a_facility_that_is_called_by_its_name_comes_first_and_the_rule_says_so(by_rules: CandidateFinder) -> None:
    first = by_rules.find("antrean obat di RSUD Padangan lama, jalan ke sana rusak berlubang", None, None)[0]
    assert first.agency == "rsud-padangan"
    assert first.reason.startswith("aturan: ")


def test_there_are_at_most_three_different_agencies(by_rules: CandidateFinder) -> None:
    text = "jalan rusak, lampu mati, sampah, puskesmas, sekolah, pasar, banjir, ktp, pdam, terminal"
    found = by_rules.find(text, None, None)
    assert len(found) <= MOST
    assert len({each.agency for each in found}) == len(found)


@pytest.mark.parametrize("text", ["", "12345 !!", "\0", "a" * 100_000])
def test_a_message_without_words_has_no_sure_candidate(text: str, by_rules: CandidateFinder) -> None:
    assert all(each.confidence < 0.6 for each in by_rules.find(text, None, None))
