"""Finds the place that a resident names in a text, or the several places that it could be.

A gazetteer is built once; `find` then looks at each word of a message a fixed number of times.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from services.routing.reading.elsewhere import without_elsewhere
from services.routing.reading.gazetteer import Gazetteer, GazetteerPlace, ListedPlace
from services.routing.reading.mentions import PlaceMention, kecamatan_at, mentions
from services.routing.reading.place_words import WAY, PlacedWords, unzeroed
from services.routing.reading.spellings import joined

__all__ = ["Ambiguous", "Gazetteer", "GazetteerPlace", "ListedPlace", "NoPlace", "SinglePlace", "find", "named"]


_MOST_WORDS = 5
"""What is longer is a sentence, not a name."""


@dataclass(frozen=True)
class SinglePlace:
    place: GazetteerPlace


@dataclass(frozen=True)
class Ambiguous:
    """Several places fit; `kecamatan`: the one that all of them lie in, if there is one."""

    candidates: tuple[GazetteerPlace, ...]
    kecamatan: GazetteerPlace | None = None


@dataclass(frozen=True)
class NoPlace:
    pass


Found = SinglePlace | Ambiguous | NoPlace


def find(text: str, gazetteer: Gazetteer) -> Found:
    """The place that `text` is about: by its code in the region's list, or by name.

    A desa and its kecamatan are one place. Two desa are several, and so are a kecamatan and a desa outside it.
    """
    if codes := gazetteer.codes_in(text):
        return _answer([gazetteer.by_code[code] for code in codes], gazetteer)
    words = PlacedWords.of(unzeroed(text))
    found = mentions(words, gazetteer)
    return _resolved(without_elsewhere(found, words, gazetteer), words, gazetteer) if found else NoPlace()


def named(name: str, gazetteer: Gazetteer) -> Found:
    """The place of this name, in whatever was asked for as a place: a name that is also a word needs no sign there."""
    levels = gazetteer.by_name.get(joined(name))
    if levels is not None:
        return _answer(_kecamatan_reading(joined(name), levels.places), gazetteer)
    return find(name, gazetteer.of_places_alone if len(name.split()) <= _MOST_WORDS else gazetteer)


def _resolved(found: Sequence[PlaceMention], words: PlacedWords, gazetteer: Gazetteer) -> Found:
    marked, bare, rest = list[PlaceMention](), list[PlaceMention](), list[PlaceMention]()
    for each in found:
        # A name of both a desa and a kecamatan means the kecamatan, unless a word before or after marks it as a desa.
        is_bare = each.level == "any" and not any(p.is_kecamatan for p in each.places)
        (marked if each.level == "village" else bare if is_bare else rest).append(each)
    villages = marked or bare
    if not villages:
        return _answer([p for m in _surest(rest) for p in _kecamatan_reading(m.spelled, m.places)], gazetteer)
    named_anywhere = {p.code for m in rest for p in m.places if p.is_kecamatan}
    # "desa Tapelan ke Dander": where a way leads says which Tapelan, and contradicts none.
    contradicting = {p.code for m in rest if not _is_end_of_way(m, words) for p in m.places if p.is_kecamatan}
    beside = [kecamatan_at(words, gazetteer, m.end) for m in villages]
    narrowed = [_in(m.places, near) or _in(m.places, named_anywhere) for m, near in zip(villages, beside, strict=True)]
    certain = {p.kecamatan_code for m in villages if len(m.places) == 1 for p in m.places}
    places = [
        p for m, inside in zip(villages, narrowed, strict=True) for p in inside or _in(m.places, certain) or m.places
    ]
    contradicting -= {p.kecamatan_code for p in places}
    return _answer([*places, *(gazetteer.by_code[code] for code in sorted(contradicting))], gazetteer)


def _is_end_of_way(mention: PlaceMention, words: PlacedWords) -> bool:
    return mention.level == "any" and words.at(mention.start - 1) in WAY


def _in(places: Sequence[GazetteerPlace], kecamatan: Set[str]) -> list[GazetteerPlace]:
    return [place for place in places if place.kecamatan_code in kecamatan]


def _surest(mentions: Sequence[PlaceMention]) -> Sequence[PlaceMention]:
    return [m for m in mentions if m.level == "kecamatan"] or mentions


def _kecamatan_reading(spelled: str, among: Sequence[GazetteerPlace]) -> list[GazetteerPlace]:
    """ "Dander" is the kecamatan, whose desa Dander is in it; a name that a desa elsewhere also has stays ambiguous."""
    exact = [p for p in among if joined(p.name) == spelled]
    places = exact if any(p.is_kecamatan for p in exact) else among
    kecamatan = [p for p in places if p.is_kecamatan]
    inside = {p.code for p in kecamatan}
    return kecamatan + [p for p in places if p.kecamatan_code not in inside]


def _answer(candidates: Sequence[GazetteerPlace], gazetteer: Gazetteer) -> Found:
    match tuple(dict.fromkeys(candidates)):
        case ():
            return NoPlace()
        case (place,):
            return SinglePlace(place)
        case several:
            codes = {place.kecamatan_code for place in several}
            return Ambiguous(several, gazetteer.by_code.get(codes.pop()) if len(codes) == 1 else None)
