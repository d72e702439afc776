"""A place is found in the words of a resident when they name it, and left open when they could mean several."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.region import load_region
from services.routing.place_reading import gazetteer_of
from services.routing.reading.places import Ambiguous, Gazetteer, NoPlace, SinglePlace, find

REGION = load_region(Path("regions/bojonegoro"))
BOJONEGORO = gazetteer_of(REGION)
NAMES = sorted({place.name for place in REGION.places.values()})


@dataclass(frozen=True)
class NamedPlace:
    code: str
    name: str
    kecamatan_code: str
    kecamatan: str
    aliases: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("jalan desa Sumbertlaseh rusak", "35.22.06.2014"),
        ("JLN RUSAK DS.SUMBERTLASEH KEC.DANDER", "35.22.06.2014"),
        ("banjir di Tumbrasanom", "35.22.08.2009"),
        ("desa Dander gelap", "35.22.06.2002"),
        ("Dander gelap", "35.22.06"),
        ("kecamatan Dander", "35.22.06"),
        ("pak camat Dander", "35.22.06"),
        ("desa Dander kecamatan Dander", "35.22.06.2002"),
        ("Dander kec. Dander", "35.22.06.2002"),
        ("desa Bareng kec Sugihwaras banjir", "35.22.07.2001"),
        ("Bareng, kec. Sugihwaras banjir", "35.22.07.2001"),
        ("kel. Ledok Kulon", "35.22.15.1009"),
        ("ledokkulon", "35.22.15.1009"),
        ("kepoh baru banjir", "35.22.09"),
        ("kec Sumberejo", "35.22.12"),
        ("pasar Sumberrejo", "35.22.12"),
        ("ds Tulungrejo kec. Sumberejo", "35.22.12.2016"),
        ("kec. Bojonegoro", "35.22.15"),
        ("35.22.06", "35.22.06"),
        ("lokasi 35.22.06.2002.", "35.22.06.2002"),
        ("Jl.35.22.06.rusak", "35.22.06"),
        # A sign beside it tells that a name which is also a word is a place.
        ("desa Sudah banjir", "35.22.17.2005"),
        ("desa sudah kec malo", "35.22.17.2005"),
        ("DESA PANJANG KECAMATAN KEDUNGADEM", "35.22.08.2004"),
        ("Jetak RT 3 gelap", "35.22.15.1001"),
        ("bundaran jetak macet", "35.22.15.1001"),
        ("pacul, bojonegoro", "35.22.15.2002"),
        ("jalan pacul ke selatan rusak", "35.22.15.2002"),
        ("Baureno utara gelap", "35.22.10"),
        ("smpn 1 kapas bocor", "35.22.14"),
        ("ds kapas banjir", "35.22.14.2011"),
        # One of several, by the kecamatan beside it.
        ("sukorejo malo", "35.22.17.2015"),
        ("ds ngraho gayam", "35.22.28.2009"),
        ("ds semanding kec kota", "35.22.15.2018"),
        ("kecamatan Kota Bojonegoro", "35.22.15"),
        # As it is written in an SMS.
        ("kcmtn sghwrs", "35.22.07"),
        ("kcmtn bbln", "35.22.05"),
        ("kec kalitdiu", "35.22.16"),
        ("ds tmbrsnm banjir", "35.22.08.2009"),
        ("ds tumbrasanem kec kedungadem", "35.22.08.2009"),
        ("ds jmk kec ngraho", "35.22.01.2004"),
        ("Kel. Ledok Kul0n", "35.22.15.1009"),
        # The end of a way, and what lies beyond the border.
        ("jalan poros padangan cepu", "35.22.19"),
        ("jalan desa Sumbertlaseh ke Balen", "35.22.06.2014"),
        ("bis dari Sumbertlaseh ke Surabaya", "35.22.06.2014"),
        ("desa Sumbertlaseh kec Dander, dibawa ke RS di Surabaya", "35.22.06.2014"),
    ],
)
def test_a_named_place_is_found(text: str, code: str) -> None:
    answer = find(text, BOJONEGORO)
    assert isinstance(answer, SinglePlace), answer
    assert answer.place.code == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jalan rusak parah",
        "kami jalan bareng ke kota, sudah panjang sekali",
        "harga kapas naik",
        "tanggul bobol",
        "pemerintah kabupaten Bojonegoro",
        "Bojonegoro",
        "dusun Tumbrasanom",
        "danderan",
        "35.22.99",
        "35.22.06.20021",
        "kec. Tumbrasanom",
        # Words and people.
        "desa sudah rusak parah",
        "di desa. Sudah lama gelap",
        "Jalan Desa Sudah Rusak",
        "kades jono tidak pernah di kantor",
        "Kepala Desa Jono",
        "kelurahan panjang antriannya",
        "di pojok rt 3 ada sampah",
        "warga bareng ke balai",
        "desa nganti saiki durung dapat",
        "a/n Kasiman belum dapat",
        "pak Kasiman belum dapat bantuan",
        "RSUD Bojonegoro",
        # Streets and housing.
        "jl. Sidodadi no. 3",
        "Jl. Gajah Mada gelap",
        "di Kalisari Indah gelap",
        "Sukorejo Lor",
        # Places outside.
        "Sukorejo Pasuruan",
        "Desa Sumberarum, Kab. Tuban",
        "kec. Ngasem kab. Kediri",
        "kec Gondang Nganjuk",
        "desa Kalisari kecamatan Bobotsari",
        "ds talok kec dlanggu",
        "saya di Jakarta, jalan Kalisari rusak",
        "Desa Tanjung Keliling",
    ],
)
def test_what_names_no_place_is_not_found(text: str) -> None:
    assert find(text, BOJONEGORO) == NoPlace()


@pytest.mark.parametrize(
    ("text", "names", "kecamatan"),
    [
        ("desa Sukorejo", {"Tambakrejo", "Bojonegoro", "Malo"}, None),
        ("desa Sukorejo kec. Kedungadem", {"Tambakrejo", "Bojonegoro", "Malo", "Kedungadem"}, None),
        ("Sugihwaras", {"Ngraho", "Kepohbaru", "Sugihwaras"}, None),
        ("banjir di sumberjo", {"Sumberrejo", "Margomulyo"}, None),
        ("jembatan Padangan-Kasiman", {"Padangan", "Kasiman"}, None),
        ("antara desa Dander dan desa Sumbertlaseh", {"Dander"}, "35.22.06"),
    ],
)
def test_several_places_stay_open_but_their_kecamatan_is_known(text: str, names: set[str], kecamatan: str) -> None:
    answer = find(text, BOJONEGORO)
    assert isinstance(answer, Ambiguous)
    assert {place.kecamatan for place in answer.candidates} == names
    assert (answer.kecamatan.code if answer.kecamatan else None) == kecamatan


@pytest.mark.parametrize("place", REGION.places.values(), ids=lambda place: place.code)
def test_every_place_is_found_by_its_code_and_by_its_name_with_its_kecamatan(place: NamedPlace) -> None:
    assert find(place.code, BOJONEGORO) == SinglePlace(BOJONEGORO.by_code[place.code])
    is_kecamatan = place.code == place.kecamatan_code
    text = f"kec. {place.name}" if is_kecamatan else f"ds. {place.name} kec. {place.kecamatan}"
    match find(text, BOJONEGORO):
        case SinglePlace(only):
            assert only.code == place.code
        case Ambiguous(candidates, kecamatan):
            # Senders write Sumberrejo and Sumberejo for each other.
            assert place.code in {candidate.code for candidate in candidates}
            assert kecamatan is not None
        case NoPlace():
            pytest.fail(text)


@pytest.mark.parametrize(
    ("codes", "text", "code"),
    [
        (("36061", "36047"), "36061", "36061"),
        (("36061", "36047"), " 36047 ", "36047"),
        (("36061", "36047"), "36061 people wait at door 36047", None),
        (("MN", "BK"), "BK", "BK"),
        (("MN", "BK"), "mn and bk", None),
        (("QN-04", "QN-05"), "a light at QN-05, again", "QN-05"),
        (("QN-04", "QN-04-1"), "a light at QN-04-1", "QN-04-1"),
        (("QN-04",), "a light at QN-041 and at xQN-04", None),
        (("Ward 4", "Ward 5"), "Ward 5", "Ward 5"),
        (("04.2/b", "35.22.06"), "di 04.2/b", "04.2/b"),
        (("ü1.ö2",), "di ü1.ö2!", "ü1.ö2"),
    ],
)
def test_a_code_is_what_the_regions_list_says(codes: tuple[str, ...], text: str, code: str | None) -> None:
    gazetteer = Gazetteer.of([NamedPlace(each, "Xyz", each, "Xyz") for each in codes])
    assert find(text, gazetteer) == (SinglePlace(gazetteer.by_code[code]) if code else NoPlace())


@pytest.mark.parametrize("region", ["bojonegoro", "../tests/regions/nyc", "../tests/regions/tiny"])
def test_every_code_of_a_region_is_its_place(region: str) -> None:
    places = load_region(Path("regions") / region).places
    gazetteer = Gazetteer.of(places.values())
    assert places
    assert [find(code, gazetteer) for code in places] == [SinglePlace(gazetteer.by_code[code]) for code in places]


def test_an_alias_is_a_name_too() -> None:
    gazetteer = Gazetteer.of([NamedPlace("1", "Kepohbaru", "1", "Kepohbaru", ("Pohbaru",))])
    assert find("banjir pohbaru", gazetteer) == SinglePlace(gazetteer.by_code["1"])


def test_a_place_whose_name_has_no_letters_hides_no_other() -> None:
    listed = Gazetteer.of([NamedPlace("1", "99", "1", "99"), NamedPlace("2", "Sukorejo", "2", "Sukorejo")])
    assert find("rusak di Sukorejo", listed) == SinglePlace(listed.by_code["2"])


@given(st.text(max_size=200))
def test_any_text_has_an_answer_whose_places_are_in_the_gazetteer(text: str) -> None:
    match find(text, BOJONEGORO):
        case SinglePlace(place):
            assert BOJONEGORO.by_code[place.code] == place
        case Ambiguous(candidates, _):
            assert len(candidates) > 1
            assert all(BOJONEGORO.by_code[place.code] == place for place in candidates)
        case NoPlace():
            pass


WORDS = st.sampled_from(
    [*NAMES, "desa", "ds.", "kec.", "kel", "kab.", "dusun", "di", "dan", "jalan", "rusak", "35.22.06"]
)


@given(st.lists(WORDS, max_size=12))
def test_letters_and_spaces_make_no_difference(words: list[str]) -> None:
    assert find(" ".join(words).lower(), BOJONEGORO) == find(f"  {'  '.join(words).upper()}!", BOJONEGORO)


@given(st.lists(WORDS, max_size=12))
def test_several_places_are_never_taken_for_one(words: list[str]) -> None:
    answer = find(" ".join(words), BOJONEGORO)
    if isinstance(answer, SinglePlace) and "35.22.06" not in words:
        text = " ".join(words).lower().replace(" ", "")
        assert answer.place.name.lower().replace(" ", "").replace("rr", "r") in text.replace("rr", "r")
