"""Reduces an `Accept` header, which can be anything, to the few media types that a service may have."""

from functools import lru_cache
from typing import Final

_KNOWN: Final = (
    b"application/json",
    b"text/xml",
    b"text/html",
    b"text/csv",
    b"text/turtle",
    b"application/ld+json",
    b"application/geo+json",
    b"application/x-ndjson",
    b"application/jsonl",
    b"application/rdf+xml",
)
_LONGEST: Final = 1024
ANY: Final = b"*/*"


def normal(accept: bytes) -> bytes:
    """The known types in the order of preference, each once; `*/*` if none is asked for.

    >>> normal(b"text/html;q=0.2, application/vnd.city+json; v=1, x/y")
    b'application/json, text/html'
    >>> normal(b"application/" + b"x" * 60_000)
    b'*/*'
    """
    return _normal(accept[:_LONGEST])


@lru_cache(maxsize=1024)
def _normal(accept: bytes) -> bytes:
    ranked: list[tuple[float, bytes]] = []
    for part in accept.lower().split(b","):
        name, *parameters = (each.strip() for each in part.split(b";"))
        quality = next((each[2:] for each in parameters if each.startswith(b"q=")), b"1")
        if (known := _known(name)) and (rank := _number(quality)) > 0:
            ranked.append((rank, known))
    ranked.sort(key=lambda each: -each[0])
    return b", ".join(dict.fromkeys(name for _, name in ranked)) or ANY


def _known(name: bytes) -> bytes | None:
    if name in _KNOWN:
        return name
    return b"application/json" if name.endswith(b"json") else b"text/xml" if name.endswith(b"xml") else None


def _number(quality: bytes) -> float:
    try:
        return min(1.0, float(quality[:6]))
    except ValueError:
        return 0.0
