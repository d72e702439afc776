"""Finds dates of birth in a text, and ages: "lahir 12 Mei 1990", "ttl: Bojonegoro, 12-05-1990", "umur 45 th"."""

import re
from collections.abc import Iterator

_MONTH = (
    r"(?:jan(?:uari)?|feb(?:ruari)?|peb(?:ruari)?|mar(?:et)?|apr(?:il)?|mei|jun[iy]?|jul[iy]?|agu?s?t?(?:ustus)?|sept?(?:ember)?"
    r"|okt(?:ober)?|no[vp](?:ember)?|des(?:ember)?)"
)
_DATE = (
    rf"(?:\d{{1,2}}\s?[-/. ]\s?(?:\d{{1,2}}|{_MONTH})\s?[-/. ]\s?(?:19|20)?\d\d(?!\d)|(?:19|20)\d\d[-/.]\d\d[-/.]\d\d)"
)
_BIRTH = re.compile(
    r"(?i)(?<![^\W_])(?:(?:tgl|tanggal|tg|tempat|tmpt)\W{0,3})?(?:lahir(?:an|nya)?|kelahiran|ttl|dilahirkan|t\.t\.l)"
    rf"[^\d\n]{{0,40}}({_DATE})"
)
_AGE = re.compile(
    r"(?i)(?<![^\W_])(?:umur|usia|berumur|berusia)(?:nya)?\W{0,3}\d{1,3}\s{0,2}(?:tahun|thn|th|bulan|bln)?(?![^\W_])"
    r"|(?<=\()\d{1,3}\s{0,2}(?:tahun|thn|th)?(?=\))"
)
_AGE_SIGN = re.compile(r"(?i)u[ms][ui][ra]|\(\d")


def birth_dates(text: str) -> Iterator[tuple[int, int]]:
    """Where the dates are; the words before them stay.

    >>> [text[a:b] for text in ["lahir di Tuban, 12 mei 1990"] for a, b in birth_dates(text)]
    ['12 mei 1990']
    """
    small = text.lower()
    if "lahir" in small or "ttl" in small or "t.t.l" in small:
        for match in _BIRTH.finditer(text):
            yield match.span(1)


def ages(text: str) -> Iterator[tuple[int, int]]:
    """Where somebody's age is: personal only beside a name."""
    if _AGE_SIGN.search(text):
        for match in _AGE.finditer(text):
            yield match.span()
