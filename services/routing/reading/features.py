"""What a message is to the model: its words, their parts, its pairs of words, and what the region's rules found in it.

Training and reading use these same functions, so that a weight means the same in both.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

SHORTEST_PART, LONGEST_PART = 2, 5
"""The letters in a part of a word, with the marks of the word's beginning and end."""
LONGEST_WORD = 24
"""Letters of a word that count: a caller may send words of any length."""
LONGEST_TITLE = 120
"""The letters of a first line that is a title, if other lines follow: somebody's own summary."""
MOST_WORDS = 2_000
"""The words of a message that are read."""

_MASK = re.compile(r"\[[^\]\n]{1,40}\]")
_TAG = re.compile(r"\((?:sms|wa|whatsapp|email|web|telepon|tlp|radio)\b[^)\n]{0,60}\)", re.IGNORECASE)
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_NAMED = r"(?:[A-Z][a-z']+\b[ ]?){1,3}"
_STREET = re.compile(rf"\b((?i:jl|jln)\b\.? ?)(?!Rusak|Berlubang|Desa|Raya|Poros|Nasional|Provinsi|Kabupaten){_NAMED}")
_PLACE = re.compile(
    rf"\b((?i:desa|ds|dsn|dusun|kec|kecamatan|kel|kelurahan|kab|kabupaten|kota|prov|provinsi)\b\.? ?){_NAMED}"
)
_AMOUNT = re.compile(r"\brp\.? ?\d|\d ?(?:rb|ribu|jt|juta)\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d{4,}|\*\d+\S*#")
_WORD = re.compile(r"[^\W\d_]+")
_DRAWN_OUT = re.compile(r"(\w)\1{2,}")


def words(text: str, slang: Mapping[str, str]) -> list[str]:
    """The words of a message in order, in small letters, without digits; those of a title twice.

    Masks such as [nama], the tag of a channel, links, and the names of streets and places are left out first. A word
    of `slang` becomes the usual words for it.

    >>> words("Jln. Pemuda Bojonegoro RUSAAAAK bgt (SMS Radio 1) [nama]", {"bgt": "banget"})
    ['jln', 'rusak', 'banget']
    >>> words("Lampu mati\\nsudah lama", {})
    ['lampu', 'mati', 'lampu', 'mati', 'sudah', 'lama']
    """
    title, _, rest = text.strip().partition("\n")
    found = _words(text, slang)
    return [*_words(title, slang), *found] if len(title) <= LONGEST_TITLE and rest else found


def _words(text: str, slang: Mapping[str, str]) -> list[str]:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if "[" in plain:
        plain = _MASK.sub(" ", plain)
    if "(" in plain:
        plain = _TAG.sub(" ", plain)
    if "://" in plain or "www" in plain.lower():
        plain = _LINK.sub(" ", plain)
    plain = _PLACE.sub(r"\1", _STREET.sub(r"\1", plain))
    found: list[str] = []
    for word in _WORD.findall(_DRAWN_OUT.sub(r"\1", plain.lower()))[:MOST_WORDS]:
        usual = slang.get(word)
        if usual is None:
            found.append(word[:LONGEST_WORD])
        else:
            found += usual.split()
    return found


@lru_cache(maxsize=4_096)
def parts(word: str) -> tuple[str, ...]:
    """The parts of a word of two to five letters; a blank marks its beginning and its end.

    >>> parts("ya")
    (' y', 'ya', 'a ', ' ya', 'ya ', ' ya ')
    """
    marked = f" {word} "
    lengths = range(SHORTEST_PART, min(LONGEST_PART, len(marked)) + 1)
    return tuple(marked[i : i + n] for n in lengths for i in range(len(marked) - n + 1))


def pairs(in_order: Sequence[str]) -> Iterator[str]:
    """Each two words that stand side by side, with a blank between."""
    return (f"{a} {b}" for a, b in pairwise(in_order))


def marks(text: str) -> dict[str, float]:
    """What of a message is no word: whether it asks, has links, amounts, long numbers, or shouts; each from 0 to 1.

    >>> marks("Berapa biayanya?")
    {'mark:question': 0.5, 'mark:short': 1.0}
    """
    small, digits = text.lower(), len(_DIGIT.findall(text))
    found = {
        "mark:question": min(2, text.count("?")) / 2,
        "mark:link": float("http" in small or "www." in small),
        "mark:amount": float(digits > 0 and _AMOUNT.search(small) is not None),
        "mark:number": float(digits > 3 and _NUMBER.search(text) is not None),
        "mark:digits": min(1.0, 2 * digits / (len(text) or 1)),
        "mark:shouted": float(text.isupper()),
        "mark:short": float(len(text) < 60),
    }
    return {name: value for name, value in found.items() if value}
