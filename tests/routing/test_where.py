"""Where a report is: by its sender's name for the place, its coordinates and its words."""

from typing import NamedTuple

import pytest

from services.routing.reading.where import PlaceReader, Whereabouts

DANDER, KEDUNGADEM = "35.22.14", "35.22.11"


class Listed(NamedTuple):
    code: str
    name: str
    kecamatan_code: str
    kecamatan: str
    lat: float | None = None
    long: float | None = None
    aliases: tuple[str, ...] = ()


PLACES = [
    Listed("35.22.14", "Dander", DANDER, "Dander"),
    Listed("35.22.14.2001", "Kunci", DANDER, "Dander", 0.5, 0.5),
    Listed("35.22.14.2002", "Sukorejo", DANDER, "Dander", 0.5, 1.5),
    Listed("35.22.11", "Kedungadem", KEDUNGADEM, "Kedungadem", 0.5, 3.5),
    Listed("35.22.11.2001", "Sukorejo", KEDUNGADEM, "Kedungadem", 0.5, 3.5),
    Listed("35.22.11.2002", "Tumbrasanom", KEDUNGADEM, "Kedungadem", 5, 5),
    Listed("35.22.11.2003", "Geger", KEDUNGADEM, "Kedungadem", 5, 5.2),
]
KUNCI, SUKOREJO, SUKOREJO_K, TUMBRASANOM = (PLACES[n].code for n in (1, 2, 4, 5))


def square(west: float) -> str:
    corners = [[west, 0], [west + 1, 0], [west + 1, 1], [west, 1], [west, 0]]
    return f'{{"type":"Polygon","coordinates":[{corners}]}}'


READER = PlaceReader.of(PLACES, (), {KUNCI: square(0), SUKOREJO: square(1), SUKOREJO_K: square(3)}, nearest_km=5)
IN_KUNCI, IN_SUKOREJO_K, NEAR_TUMBRASANOM, NOWHERE = (0.5, 0.4), (0.9, 3.1), (5.02, 5.01), (-6.2, 106.8)


@pytest.mark.parametrize(
    ("named", "text", "point", "found"),
    [
        # Coordinates alone: in an outline, near a centre, at a common border, and elsewhere.
        (None, "jalan rusak", IN_KUNCI, Whereabouts(KUNCI, "coordinates")),
        (None, "jalan rusak", NEAR_TUMBRASANOM, Whereabouts(TUMBRASANOM, "nearest")),
        (None, "jalan rusak", (0.5, 1.0), Whereabouts(KUNCI, "coordinates")),
        (None, "jalan rusak", NOWHERE, Whereabouts()),
        (None, "jalan rusak", None, Whereabouts()),
        # The outline and the words.
        (None, "jalan desa Kunci", IN_KUNCI, Whereabouts(KUNCI, "coordinates")),
        (None, "jalan kecamatan Dander", IN_KUNCI, Whereabouts(KUNCI, "coordinates")),
        (None, "jalan desa Tumbrasanom", IN_KUNCI, Whereabouts(KUNCI, "coordinates", TUMBRASANOM)),
        (None, "jalan desa Sukorejo", IN_SUKOREJO_K, Whereabouts(SUKOREJO_K, "coordinates")),
        # A nearest centre is weaker than words, and makes a kecamatan or one of several names finer.
        (None, "jalan desa Geger", NEAR_TUMBRASANOM, Whereabouts(PLACES[6].code, "words", TUMBRASANOM)),
        (None, "kecamatan Kedungadem", NEAR_TUMBRASANOM, Whereabouts(TUMBRASANOM, "nearest")),
        (None, "kecamatan Dander", NEAR_TUMBRASANOM, Whereabouts(DANDER, "words", TUMBRASANOM)),
        (None, "jalan desa Tumbrasanom", NOWHERE, Whereabouts(TUMBRASANOM, "words")),
        # What the sender named.
        ("Tumbrasanom", "jalan rusak", None, Whereabouts(TUMBRASANOM, "sender")),
        (KUNCI, "jalan rusak", IN_KUNCI, Whereabouts(KUNCI, "sender")),
        (TUMBRASANOM, "desa Kunci", IN_KUNCI, Whereabouts(TUMBRASANOM, "sender", KUNCI)),
        (DANDER, "jalan rusak", IN_KUNCI, Whereabouts(KUNCI, "coordinates")),
        (KEDUNGADEM, "jalan rusak", IN_KUNCI, Whereabouts(KEDUNGADEM, "sender", KUNCI)),
        ("Sukorejo", "jalan rusak", IN_SUKOREJO_K, Whereabouts(SUKOREJO_K, "coordinates")),
        ("Sukorejo", "jalan rusak", None, Whereabouts()),
        ("Nirwana", "jalan rusak", IN_KUNCI, Whereabouts(KUNCI, "coordinates")),
    ],
)
def test_the_place_and_what_it_is_known_by(
    named: str | None, text: str, point: tuple[float, float] | None, found: Whereabouts
) -> None:
    assert READER.read(named, [None, text], *(point or (None, None))) == found


def test_an_address_is_read_before_the_text() -> None:
    assert READER.read(None, ["desa Kunci", "desa Tumbrasanom"]) == Whereabouts(KUNCI, "words")


def test_without_a_distance_no_centre_gives_a_place() -> None:
    reader = PlaceReader.of(PLACES)
    assert reader.read(None, ["jalan rusak"], *NEAR_TUMBRASANOM) == Whereabouts()


def test_the_centre_of_a_place_that_has_an_outline_is_not_the_nearest() -> None:
    reader = PlaceReader.of(PLACES, (), {KUNCI: square(0)}, nearest_km=100)
    assert reader.read(None, [], 1.01, 0.5) == Whereabouts()


def test_of_two_centres_the_nearer_counts() -> None:
    reader = PlaceReader.of(PLACES, nearest_km=100)
    assert reader.read(None, [], 5, 5.11).place == PLACES[6].code
    assert reader.read(None, [], 5, 5.09).place == TUMBRASANOM


@pytest.mark.parametrize(
    ("named", "text", "km_beyond", "found"),
    [
        # Beyond the border of Kunci in Sukorejo, which lies in the same kecamatan; Tumbrasanom has a centre alone.
        (None, "jalan desa Kunci", 0.9, Whereabouts(SUKOREJO, "coordinates")),
        (None, "jalan desa Kunci", 1.1, Whereabouts(SUKOREJO, "coordinates", KUNCI)),
        ("Kunci", "jalan rusak", 0.9, Whereabouts(KUNCI, "sender")),
        ("Kunci", "jalan rusak", 1.1, Whereabouts(KUNCI, "sender", SUKOREJO)),
        ("Kedungadem", "jalan rusak", 1.1, Whereabouts(KEDUNGADEM, "sender", SUKOREJO)),
        ("Tumbrasanom", "jalan rusak", 0.9, Whereabouts(TUMBRASANOM, "sender", SUKOREJO)),
    ],
)
def test_coordinates_within_a_kilometre_of_the_named_place_do_not_contradict_it(
    named: str | None, text: str, km_beyond: float, found: Whereabouts
) -> None:
    assert READER.read(named, [text], 0.5, 1 + km_beyond / 111.2) == found


def test_the_distance_to_a_place_is_that_to_its_outline_else_to_its_centre() -> None:
    of = READER.map
    assert of.km_to(KUNCI, *IN_KUNCI) == 0
    assert of.km_to(KUNCI, 0.5, 1.01) == pytest.approx(1.112, rel=0.01)
    assert of.km_to(DANDER, 0.5, 2.01) == pytest.approx(1.112, rel=0.01)  # from Sukorejo, which lies in it
    assert of.km_to(TUMBRASANOM, 5, 5.01) == pytest.approx(1.112, rel=0.01)
    assert PlaceReader.of([Listed("1", "Kapas", "1", "Kapas")]).map.km_to("1", 0, 0) is None


def test_a_word_that_is_filed_as_the_place_is_the_place_of_that_name() -> None:
    reader = PlaceReader.of(PLACES, ["Kunci"])
    assert reader.read("Kunci", ["jalan rusak"]) == Whereabouts(KUNCI, "sender")
    assert reader.read("pasar Kunci lama", ["jalan rusak"]) == Whereabouts(KUNCI, "sender")
    assert reader.read("di dekat rumah saya kunci rumah hilang", ["jalan rusak"]) == Whereabouts()
    assert reader.read(None, ["kunci rusak"]) == Whereabouts()


def test_the_places_that_a_name_may_mean_are_told() -> None:
    assert [place.code for place in READER.candidates(None, [None, "desa Sukorejo"])] == [SUKOREJO, SUKOREJO_K]
    assert [place.code for place in READER.candidates("Sukorejo", ["desa Kunci"])] == [SUKOREJO, SUKOREJO_K]
    assert READER.candidates(None, ["desa Kunci"]) == READER.candidates(None, ["rusak"]) == ()
