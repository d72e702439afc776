"""Chooses the charset in which the bytes of a message make sense: what is declared is often not what was sent.

A byte order mark decides. Without one, each charset that the bytes fit is tried, and the reading with the fewest
characters that nobody here writes is taken; of equal readings, the declared charset's.
"""

import codecs
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

NAMES = {
    "UTF8": "utf-8",
    "ASCII": "utf-8",
    "USASCII": "utf-8",
    "LATIN1": "cp1252",
    "ISO88591": "cp1252",
    "ISO885915": "iso8859-15",
    "WINDOWS1252": "cp1252",
    "CP1252": "cp1252",
    "UTF16BE": "utf-16-be",
    "UTF16": "utf-16-be",
    "UCS2": "utf-16-be",
    "UCS2BE": "utf-16-be",
    "UTF16LE": "utf-16-le",
}
"""Python's name of each charset that a provider may name, in capitals without punctuation."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_TRIED = ("utf-8", "utf-16-be", "utf-16-le", "cp1252")

_JUNK, _FOREIGN, _RARE, _CUT = 20, 3, 1, 2
"""How much a character that no text has, one of a script that nobody here writes, a rare sign, or the half of a
character at the edge of a message speaks against a reading."""
_LETTERS = (
    *((0x20, 0x7E), (0xC0, 0x24F), (0x300, 0x36F), (0x1E00, 0x1EFF)),  # Latin, with accents
    *((0x391, 0x3A9), (0x600, 0x6FF)),  # the Greek capitals of GSM 03.38; Arabic, also for Javanese (Pegon)
    *((0xA980, 0xA9DF), (0x1B00, 0x1BBF)),  # Javanese, Balinese, Sundanese
    *((0x2010, 0x203A), (0x20A0, 0x20BF), (0x2190, 0x27BF), (0x2B00, 0x2BFF)),  # punctuation, money, signs
    *((0x200B, 0x200F), (0xFE0E, 0xFE0F), (0xFEFF, 0xFEFF), (0x1F000, 0x1FAFF), (0xE0020, 0xE007F)),  # emoji
)
_SIGNS = frozenset("\n\r\t\f\xa0¡£¤¥§«°²³·»½¿")


def decode(raw: bytes, declared: str) -> tuple[str, str]:
    """The text, and the charset it was read in (see `text_of`). `declared`: a value of `NAMES`.

    >>> decode("jalan rusak".encode("utf-16-le"), "utf-16-be")
    ('jalan rusak', 'utf-16-le')
    """
    for mark, charset in _MARKS:
        if raw.startswith(mark) and (text := _read(raw[len(mark) :], charset)) is not None and _against(text) < _JUNK:
            return text, charset
    if not any(each >= 0x20 for each in raw):  # control characters alone are no text in any charset
        return text_of([raw], declared), declared
    readings = [(text, charset) for charset in dict.fromkeys((declared, *_TRIED)) for text in _readings(raw, charset)]
    return min(readings, key=_doubt, default=(text_of([raw], declared), declared))


def text_of(parts: Sequence[bytes], charset: str) -> str:
    """The text of the bytes of one message, or of its pieces, in the charset that `decode` found."""
    mark = next((mark for mark, name in _MARKS if name == charset), b"")
    return b"".join(part.removeprefix(mark) for part in parts).decode(charset, "replace")


def _readings(raw: bytes, charset: str) -> Iterator[str]:
    text = _read(raw, charset)
    if text is not None:
        yield text
    elif charset.startswith("utf-16"):
        # A message cut into pieces can end within a character; its last byte or half a character is missing.
        whole = raw[: len(raw) // 2 * 2]
        text = whole.decode(charset, "replace")
        if text and "\ufffd" not in text[1:-1]:
            yield text


def _read(raw: bytes, charset: str) -> str | None:
    try:
        return raw.decode(charset)
    except UnicodeDecodeError:
        return None


def _doubt(reading: tuple[str, str]) -> int:
    text, charset = reading
    # Any byte is a letter in a charset of one byte a character, but few bytes are UTF-8 by chance.
    return _against(text) + (0 if charset.startswith("utf") else sum(each > "\x7f" for each in text))


def _against(text: str) -> int:
    """How much speaks against the text as the right reading."""
    if text.isascii() and text.isprintable():
        return 0
    inner, edges = text[1:-1], text[:1] + text[1:][-1:]
    return sum(map(_weight, inner)) + sum(_CUT if each == "\ufffd" else _weight(each) for each in edges)


@lru_cache(maxsize=4096)
def _weight(character: str) -> int:
    code, kind = ord(character), unicodedata.category(character)
    if character in _SIGNS:
        return 0
    if kind in ("Cc", "Cn", "Co", "Cs") or character == "\ufffd":
        return _JUNK
    if any(first <= code <= last for first, last in _LETTERS):
        return _RARE if kind == "Sm" and code < 0x100 and character not in "+<=>|~" else 0
    return _RARE if code < 0x100 else _FOREIGN
