"""Which content coding a caller wants (RFC 9110, section 12.5.3)."""

from collections.abc import Sequence
from typing import Final

_LONGEST: Final = 1024


def choose(accept_encoding: str, offered: Sequence[str]) -> str | None:
    """The coding that the caller prefers, the first of those `offered` among equals; None for none.

    >>> choose("gzip, br;q=0.5, zstd;q=0", ("zstd", "br", "gzip"))
    'gzip'
    >>> choose("identity", ("gzip",)), choose("*", ("gzip",)), choose("gzip;q=0", ("gzip",))
    (None, 'gzip', None)
    """
    wanted = _qualities(accept_encoding[:_LONGEST].lower())
    other = wanted.get("*", 0.0)
    ranked = [(wanted.get(coding, other), coding) for coding in offered]
    quality, coding = max(ranked, key=lambda each: each[0], default=(0.0, ""))
    return coding if quality > 0 and quality >= wanted.get("identity", 0.0) else None


def _qualities(header: str) -> dict[str, float]:
    qualities: dict[str, float] = {}
    for part in header.split(","):
        name, _, parameter = (each.strip() for each in part.partition(";"))
        if name:
            qualities[name.removeprefix("x-")] = _number(parameter.removeprefix("q=")) if parameter else 1.0
    return qualities


def _number(quality: str) -> float:
    try:
        return float(quality[:6])
    except ValueError:
        return 0.0
