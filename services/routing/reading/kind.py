"""Whether a report complains, asks for information or proposes something. Pure.

The region's phrases say it, and a model, if there is one, how people usually write it. A question about a trouble is a
complaint: "kapan jalan ini diperbaiki, sudah rusak 2 tahun" (when will this road be mended, broken for two years).
"""

from collections.abc import Mapping
from math import exp, log

from contracts.phrases import PhrasesFound
from services.routing.reading.reading import Judged

COMPLAINT, ASPIRATION, INFORMATION = "complaint", "aspiration", "information"
_ASKS, _WONDERS, _MARK, _TROUBLE = 1.5, 1.0, 0.7, 1.2
"""What a phrase of each list, and a question mark, say for a question or against it, in log odds."""
_BEGIN = -0.3
_BESIDE = 0.5
"""The share of the phrases' word beside a model's."""
_MOST = 2
"""Phrases of a list that count."""
_LEAST = 1e-3


def kind_of(found: PhrasesFound, told: Mapping[str, float] | None = None) -> Judged:
    """`complaint`, `aspiration` or `information`; `told`: the probabilities of a model.

    The reason is the words of the question or the proposal; of a complaint those of the trouble.
    """
    asks, trouble = (found.places(f"kind.{name}") for name in ("asks", "trouble"))
    if found.of.get("kind.ideas") and asks + trouble < _MOST:
        return Judged(ASPIRATION, 0.7, found.shown("kind.ideas"))
    wonders, marked = bool(found.of.get("kind.wonders")), any("?" in word for word in found.words)
    odds = _BEGIN + _ASKS * min(_MOST, asks) + _WONDERS * wonders + _MARK * marked - _TROUBLE * min(_MOST, trouble)
    if told is not None:
        odds = _BESIDE * odds + log(max(_LEAST, told.get(INFORMATION, 0.0)) / max(_LEAST, told.get(COMPLAINT, 0.0)))
    chance = 1 / (1 + exp(-odds))
    if chance > 0.5:
        return Judged(INFORMATION, round(chance, 3), found.shown("kind.asks", "kind.wonders"))
    return Judged(COMPLAINT, round(1 - chance, 3), found.shown("kind.trouble"))
