"""Personal data in a text: what is certain is masked, and what is only suspected is told, so that a person decides."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple, Self

from contracts.region import Region
from services.routing.reading import accounts
from services.routing.reading.addresses import addresses
from services.routing.reading.birth import ages, birth_dates
from services.routing.reading.lexicon import Lexicon, lexicon
from services.routing.reading.officials import Officials
from services.routing.reading.persons import names
from services.routing.reading.reading import Suspected
from services.routing.reading.redact import NONE, Offices, redact
from services.routing.reading.tokens import TOKEN

MASKS = {"name": "[nama]", "address": "[alamat]", "birth-date": "[tanggal lahir]"}
_BESIDE = 40
"""How many characters from a name an age is the age of that person."""
RECOGNISED = ("id", "jv")
"""The languages whose names are recognised; in others only numbers and addresses are."""


class PersonalFinding(NamedTuple):
    what: str
    start: int
    end: int
    certain: bool


class PersonalData:
    """Finds personal data in the words of one region."""

    def __init__(self, officials: Officials, places: frozenset[str], lexicon: Lexicon | None) -> None:
        """`places`: words in small letters of the names of places and offices. `lexicon`: null: no names are found."""
        self._officials, self._places, self._lexicon = officials, places, lexicon

    @classmethod
    def of(cls, region: Region) -> Self:
        offices = (agency.name for agency in region.agencies.values())
        placed = (name for place in region.places.values() for name in (place.name, *place.aliases))
        words = frozenset(word.lower() for name in (*placed, *offices) for word in TOKEN.findall(name))
        return cls(Officials.of(region.officials), words, lexicon() if region.language in RECOGNISED else None)

    def suspects(self, text: str, day: date | None = None) -> tuple[Suspected, ...]:
        """What may be personal data and is not masked.

        `day`: on which officials act, who are no private persons; without it, those of any day are none.
        """
        return tuple(Suspected(each.what, each.start, each.end) for each in self._find(text, day) if not each.certain)

    def redact(self, text: str, offices: Offices = NONE, day: date | None = None) -> str:
        """`text` with masks for all that is certain."""
        out: list[str] = []
        copied = 0
        for each in self._find(text, day):
            if each.certain and each.start >= copied:
                out += text[copied : each.start], MASKS[each.what]
                copied = each.end
        return redact("".join([*out, text[copied:]]), offices)

    def _find(self, text: str, day: date | None) -> list[PersonalFinding]:
        found = [PersonalFinding("birth-date", *span, certain=True) for span in birth_dates(text)]
        found += (PersonalFinding("address", *address) for address in addresses(text))
        hidden = accounts.spans(text)
        ends = [end for _, end in hidden]
        persons = [each for each in self._names(text, day) if not _within(each, hidden, ends)]
        found += persons
        if persons:
            ends = [person.end for person in persons]
            found += (PersonalFinding("age", *age, certain=False) for age in ages(text) if _beside(age, persons, ends))
        return sorted(found, key=lambda each: (each.start, -each.end))

    def _names(self, text: str, day: date | None) -> Iterator[PersonalFinding]:
        for name in names(text, self._lexicon, self._places) if self._lexicon else ():
            if not self._officials.has(text[name.start : name.end], day):
                yield PersonalFinding("name", *name)


def _within(name: PersonalFinding, hidden: list[tuple[int, int]], ends: list[int]) -> bool:
    """Whether the name is in one of the `hidden` parts, which are in the order of the text, as their `ends`."""
    nearest = bisect_right(ends, name.start)
    return nearest < len(hidden) and hidden[nearest][0] <= name.start


def _beside(age: tuple[int, int], persons: list[PersonalFinding], ends: list[int]) -> bool:
    """Whether a person is named shortly before or after it. `persons` are in the order of the text, as their `ends`."""
    nearest = bisect_right(ends, age[0] - _BESIDE)
    return nearest < len(persons) and persons[nearest].start < age[1] + _BESIDE
