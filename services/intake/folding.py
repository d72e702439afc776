"""Folds text to plain letters and digits for searching, and maps a position in the folded text to the original."""

import html
import re
import unicodedata
from functools import lru_cache

_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE | re.ASCII)
_UNIT = re.compile(f"{_ENTITY.pattern}|.", re.IGNORECASE | re.ASCII | re.DOTALL)
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that look empty and are neither format characters nor combining marks."""

_MARKS = "".join(character for character in map(chr, range(0x300, 0x20000)) if unicodedata.combining(character))
_MOST_MARKS = 30
"""On one letter (Unicode Standard Annex #15, "Stream-Safe Text Format"): a row of marks is sorted in quadratic time."""
_MANY_MARKS = re.compile(f"([{_MARKS}]{{{_MOST_MARKS}}})[{_MARKS}]++")


def compose(text: str) -> str:
    """`text` in Unicode's form NFC, without the marks on one letter beyond the 30th."""
    return unicodedata.normalize("NFC", text if text.isascii() else _MANY_MARKS.sub(r"\1", text))


def fold(text: str) -> str:
    r"""`text` in lower case with plain digits, no accents and no invisible characters; HTML entities are decoded.

    >>> fold("S\u00edt\u200bi \u2070\u2468\uff11&nbsp;&#49;")
    'siti 091 1'
    """
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return text.lower() if text.isascii() else text.translate(_TABLE)


class Origin:
    """Which part of `text` each character of `fold(text)` came from."""

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._same = text.isascii() and "&" not in text
        if self._same:
            return
        for unit in _UNIT.finditer(text):
            length = len(fold(unit[0]))
            self._starts += [unit.start()] * length
            self._ends += [unit.end()] * length

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the text that `fold(text)[start:end]` stands for; `start < end`."""
        return (start, end) if self._same else (self._starts[start], self._ends[end - 1])


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(part for part in plain if not _is_dropped(part))


def _is_dropped(character: str) -> bool:
    # Marks of class 0 are the vowel signs of many scripts: without them it would be another word.
    kind = unicodedata.category(character)
    variation = kind == "Mn" and unicodedata.name(character, "").startswith("VARIATION SELECTOR")
    return kind in ("Cf", "Me") or variation or character in _INVISIBLE or unicodedata.combining(character) != 0


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        return _fold_character(chr(code))


_TABLE = _Table((code, _fold_character(chr(code))) for code in range(0x250))
