"""The names of places in a text, each with the level that the words around it give it."""

from collections.abc import Sequence
from operator import add
from typing import Literal, NamedTuple

from services.routing.reading import place_words as marks
from services.routing.reading.gazetteer import Gazetteer, GazetteerPlace, Levels
from services.routing.reading.place_words import PlacedWords
from services.routing.reading.spellings import joined

Level = Literal["village", "kecamatan", "any"]

_MOST_NUMBERS = 4


class PlaceMention(NamedTuple):
    """A name in the text: the words from `start` up to `end`."""

    spelled: str
    level: Level
    places: tuple[GazetteerPlace, ...]
    start: int
    end: int


def mentions(words: PlacedWords, gazetteer: Gazetteer) -> list[PlaceMention]:
    """The names in their order, without those that the words around show to be a word, a person or a hamlet."""
    small, by_name = words.small, gazetteer.by_name
    pairs = [*map(add, small, small[1:]), ""]
    both = enumerate(zip(small, pairs, strict=False))  # a text without words has a pair, and no word
    near = [at for at, (word, pair) in both if word in by_name or pair in by_name or word in marks.BEFORE_A_NAME]
    found, end = list[PlaceMention](), 0
    for at in near:
        if at < end:
            continue
        if pairs[at] in by_name:
            name, end = pairs[at], at + 2
        elif small[at] in by_name:
            name, end = small[at], at + 1
        elif name := _misspelled(words, at + 1, pairs, gazetteer):
            at, end = at + 1, at + 2
        else:
            continue
        if (mention := _mention(words, gazetteer, name, at, end)) is not None:
            found.append(mention)
    return found


def _misspelled(words: PlacedWords, at: int, pairs: Sequence[str], gazetteer: Gazetteer) -> str:
    """The name that an unknown word is meant to be, where the word before says that it is one."""
    word, by_name = words.at(at), gazetteer.by_name
    if not word.isalpha() or word in marks.NOT_NAMES or word in marks.KNOWN or word in by_name or pairs[at] in by_name:
        return ""
    if words.at(at - 1) in marks.KECAMATAN:
        return _kecamatan_like(words, gazetteer, at) or ""
    return gazetteer.village_like(word, kecamatan_at(words, gazetteer, at + 1)) or ""


def _mention(words: PlacedWords, gazetteer: Gazetteer, spelled: str, start: int, end: int) -> PlaceMention | None:
    name = _Name(words, gazetteer, spelled, gazetteer.by_name[spelled], start, end)
    level = None if name.is_longer() else name.level()
    if level is None:
        return None
    named = name.named
    places = named.kecamatan if level == "kecamatan" else named.villages if level == "village" else named.places
    return PlaceMention(spelled, level, places, start, end) if places else None


def kecamatan_at(words: PlacedWords, gazetteer: Gazetteer, at: int) -> frozenset[str]:
    """The codes of the kecamatan that the words from here name.

    The name of the region is that of a kecamatan only if a word says so: "Sukorejo, Bojonegoro" may be any Sukorejo.
    """
    is_marked = words.at(at) in marks.KECAMATAN
    at += is_marked
    at += words.at(at) == "kota" and words.at(at + 1) == gazetteer.home
    for name in (words.at(at) + words.at(at + 1), words.at(at)):
        if (named := gazetteer.by_name.get(name)) and (is_marked or name != gazetteer.home):
            return frozenset(p.code for p in named.kecamatan)
    like = _kecamatan_like(words, gazetteer, at) if is_marked else None
    return frozenset(p.code for p in gazetteer.by_name[like].kecamatan) if like else frozenset()


def _kecamatan_like(words: PlacedWords, gazetteer: Gazetteer, at: int) -> str | None:
    """The kecamatan that an unknown word means; "kec. Kota" is that of the region's own name."""
    if words.small[at : at + 1] == ["kota"]:
        return gazetteer.home if gazetteer.home in gazetteer.by_name and words.at(at + 1) != gazetteer.home else None
    return gazetteer.kecamatan_like(words.at(at))


class _Name(NamedTuple):
    """A name, the words around it, and what it may be."""

    words: PlacedWords
    gazetteer: Gazetteer
    spelled: str
    named: Levels
    start: int
    end: int

    @property
    def is_common(self) -> bool:
        return self.spelled in self.gazetteer.common

    @property
    def before(self) -> str:
        return self.words.at(self.start - 1)

    @property
    def after(self) -> str:
        return self.words.at(self.end)

    def level(self) -> Level | None:
        """What is called so, by the words beside the name; null if no place is."""
        before = self.before
        if before in marks.KECAMATAN or (before == "kota" and self.words.at(self.start - 2) in marks.KECAMATAN):
            return "kecamatan"
        if before in marks.NO_PLACE or (before == "n" and self.words.at(self.start - 2) == "a"):  # a/n: in the name of
            return None
        if self.named.villages and (self.is_marked() or self.is_in_kecamatan()):
            return "village" if not self.is_common or self.is_no_word() else None
        if self.spelled in self.gazetteer.everyday:
            return None
        if self.named.villages and self.has_number():
            return "village"
        if before in marks.STREET:
            return None if self.is_street() else "any"
        return "any" if not self.is_common or self.has_sign() else None

    def is_marked(self) -> bool:
        """Whether "desa" or its head is named before: "ds. Tapelan", "kades Tapelan", and not "di desa. Sudah lama"."""
        return (self.before in marks.VILLAGE and self.words.goes_with(self.start - 1)) or self.before in marks.HEADS

    def is_in_kecamatan(self) -> bool:
        """Whether a kecamatan follows that makes it a village: "Bareng kec. Sugihwaras", "Pacul, Bojonegoro"."""
        if self.after in marks.KECAMATAN:
            return not self.is_common or self.lies_in_next()
        return self.spelled not in self.gazetteer.everyday and self.lies_in_next()

    def lies_in_next(self) -> bool:
        """Whether a village of this name lies in the kecamatan that follows."""
        if "-" in self.words.gap(self.end):
            return False
        if self.after == self.gazetteer.home:  # the region, or its kecamatan of that name
            return len(self.named.places) == 1 and joined(self.named.places[0].kecamatan) == self.gazetteer.home
        inside = kecamatan_at(self.words, self.gazetteer, self.end)
        return any(p.kecamatan_code in inside for p in self.named.villages)

    def is_no_word(self) -> bool:
        """Whether a name that is also a word is meant as a name: not in "desa sudah rusak" or "kades Jono"."""
        if self.lies_in_next():
            return True
        if self.before in marks.HEADS or self.words.at(self.start - 2) == "kepala":
            return False
        if self.spelled in self.gazetteer.everyday:
            return self.words.stands_out(self.start, self.end) or self.has_number()
        # "Desa Tanjung Keliling": a capital after it begins the rest of another name, unless an address is written.
        both = self.words.is_capital(self.start) and self.words.is_capital(self.end) and not self.words.gap(self.end)
        return not both or self.after in marks.KNOWN or self.words.at(self.start - 2).isdigit()

    def has_number(self) -> bool:
        """Whether the number of a neighbourhood follows, which only a village has: "Jetak RT 3", "Jetak rt/rw 3/1"."""
        is_followed = self.words.at(self.end + 1).isdigit() or self.words.at(self.end + 2).isdigit()
        # "desa Kami Beji RT 1" may be a hamlet Beji in a village that is not ours.
        return self.after in marks.NEIGHBOURHOOD and is_followed and self.words.at(self.start - 2) not in marks.VILLAGE

    def has_sign(self) -> bool:
        """Whether the words before call a place by the name: "bundaran Jetak", "SMPN 1 Kapas", "RW 2 Pacul"."""
        if self.spelled in self.gazetteer.elsewhere or self.spelled == self.gazetteer.home:
            return False
        at = self.start - 1
        while at > self.start - _MOST_NUMBERS and self.words.at(at).isdigit():
            at -= 1
        has_number = at < self.start - 1 and "." not in self.words.gap(self.start)
        return self.words.at(at) in marks.LANDMARK or (has_number and self.words.at(at) in marks.NEIGHBOURHOOD)

    def is_street(self) -> bool:
        """Whether the name after "jalan" is only a street's: "jl. Sidodadi no. 3", and not "jalan Pacul ke selatan"."""
        after = self.after
        if after.isdigit() or after in marks.NUMBER or after in marks.SIDES or after == "raya":
            return True
        is_name = after in self.gazetteer.by_name and after not in self.gazetteer.common
        if is_name or after in marks.WAY or "-" in self.words.gap(self.end):
            return False
        return self.is_common or (self.before != "jalan" and not self.named.kecamatan)

    def is_longer(self) -> bool:
        """Whether it is the beginning of another name: "Sukorejo Indah", or of one of several "Sukorejo Kidul"."""
        after = "" if self.words.gap(self.end) else self.after
        is_unsure = self.is_common or len({place.kecamatan_code for place in self.named.places}) > 1
        return after in marks.LONGER or (is_unsure and after in marks.SIDES)
