"""Tells what a message is about from what only says where: in "lampu mati di depan SMPN 1" the school is a landmark."""

import re
from collections.abc import Sequence

_BEFORE = re.compile(
    "depan|dpn|ngarepe?|belakang|blkg|mburi|mburine|dekat|dkt|deket|cedak|cerak|samping|sebelah|sblh|seberang|sekitar|"
    "utara|selatan|timur|barat|lor|kidul|wetan|kulon|pertigaan|perempatan|simpang|bundaran|antara|sampai|smpai|sampe|"
    "smpe|menuju|arah|jurusan|lewat"
)
"""Words of place; what follows one of them is where something is."""
_BETWEEN = re.compile("kantor|kantr|gedung|jalan|jl|jln|kampung|komplek|area|daerah|wilayah")
"""Words that may stand between the two."""


def is_landmark(words: Sequence[str], at: int) -> bool:
    """Whether the word at this position is where something is, by the one or two words before it.

    >>> is_landmark(["lampu", "depan", "kantor", "pos", "mati"], 3), is_landmark(["kantor", "pos", "tutup"], 1)
    (True, False)
    """
    if at == 0:
        return False
    if _BETWEEN.fullmatch(words[at - 1]) and at > 1:
        return _BEFORE.fullmatch(words[at - 2]) is not None
    return _BEFORE.fullmatch(words[at - 1]) is not None
