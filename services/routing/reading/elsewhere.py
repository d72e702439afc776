"""Leaves out the names in a text that are those of places outside the region: Sukorejo in Pasuruan is none of ours."""

from collections.abc import Sequence, Set
from operator import add

from services.routing.reading import place_words as marks
from services.routing.reading.gazetteer import Gazetteer
from services.routing.reading.mentions import PlaceMention
from services.routing.reading.place_words import PlacedWords

_FEWEST_LETTERS = 4
_MARKS = frozenset(marks.BEYOND) | frozenset(marks.AREAS)
_AT_MOST = 6
"""Words from a name to the name of its regency."""


def without_elsewhere(found: Sequence[PlaceMention], words: PlacedWords, gazetteer: Gazetteer) -> list[PlaceMention]:
    """The mentions that are of the region.

    A name before that of a place outside is there: "Sukorejo Pasuruan", "kec. Ngasem kab. Kediri". Where a text names
    a place outside, and not the region, its other names count only in a kecamatan of ours that it names as such.
    """
    outside = _outside(found, words, gazetteer)
    if not outside:
        return list(found)
    kept = [mention for mention in found if not _is_there(mention, words, gazetteer, outside)]
    if gazetteer.home in words.small:
        return kept
    sure = {place.code for mention in kept if mention.level == "kecamatan" for place in mention.places}
    return [mention for mention in kept if any(place.kecamatan_code in sure for place in mention.places)]


def _outside(found: Sequence[PlaceMention], words: PlacedWords, gazetteer: Gazetteer) -> frozenset[int]:
    """The numbers of the words that name a place outside where the text is, and not where a way leads."""
    on_road = {mention.end for mention in found if words.at(mention.start - 1) in marks.ROAD}
    pairs = map(add, words.small, [*words.small[1:], ""])
    named = (
        at for at, pair in enumerate(pairs) if words.small[at] in gazetteer.elsewhere or pair in gazetteer.elsewhere
    )
    unmarked = {
        at
        for at in named
        if not (words.small[at] in gazetteer.by_name or at in on_road)
        and words.at(at - 1) not in marks.WAY
        and "-" not in words.gap(at)
    }
    ends = {mention.end for mention in found}
    after_mark = [at for at, mark in enumerate(words.small[:-1], 1) if mark in _MARKS]
    return frozenset(unmarked.union(at for at in after_mark if _is_marked(words, at, gazetteer, ends)))


def _is_marked(words: PlacedWords, at: int, gazetteer: Gazetteer, ends: Set[int]) -> bool:
    """Whether "kab." or "kec." is before a name that is not ours; `ends`: where mentions end."""
    word, mark = words.small[at], words.small[at - 1]
    if mark in marks.BEYOND:
        return word in gazetteer.elsewhere
    if (
        mark not in marks.AREAS
        or word in (gazetteer.home, "kota")
        or word in marks.NOT_NAMES
        or len(word) < _FEWEST_LETTERS
    ):
        return False
    is_name = mark in marks.ABBREVIATED or words.is_capital(at) or at - 1 in ends or word in gazetteer.elsewhere
    if mark in marks.REGENCY:
        return is_name
    is_ours = (
        word in gazetteer.by_name or word + words.at(at + 1) in gazetteer.by_name or gazetteer.kecamatan_like(word)
    )
    return is_name and not is_ours and not word.isdigit()


def _is_there(mention: PlaceMention, words: PlacedWords, gazetteer: Gazetteer, outside: Set[int]) -> bool:
    """Whether the name of a place outside follows, over marks and the names between them."""
    for at in range(mention.end, min(mention.end + _AT_MOST, len(words.small))):
        if at in outside:
            return True
        is_between = words.small[at] in marks.KNOWN or words.small[at] in gazetteer.by_name or words.small[at].isdigit()
        if not is_between or "-" in words.gap(at):
            return False
    return False
