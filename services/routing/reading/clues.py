"""What the region's rules find in a message, as features of the model: its phrases, who is named, where it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contracts.region import Region
from contracts.region.models import KECAMATAN
from services.routing.reading.classify import Vocabulary, vocabulary, weigh
from services.routing.reading.named import Named

ELSEWHERE = "elsewhere:"
"""Begins the class of a matter that is not this government's; its category follows."""
_MOST = 3.0
"""A phrase's score above this says no more."""

Namer = Callable[[str], Mapping[str, float]]
"""The agencies that a text names, each with a weight from 0 to 1."""


@dataclass(frozen=True)
class FoundClues:
    """`extra`: for `Model.scores`; `phrases`: the region's words in the text, by category; `named`: agencies."""

    extra: Mapping[str, float]
    phrases: Mapping[str, tuple[str, ...]]
    named: Mapping[str, float]


class Clues:
    """Built once from a region; without a `namer`, its agencies are known by their names."""

    def __init__(self, region: Region, namer: Namer | None = None) -> None:
        self._vocabulary: Vocabulary = vocabulary(region.categories.values(), region.slang)
        self._namer: Namer = namer or Named.of(region.agencies.values()).weights

    def of(self, text: str, category: str | None = None) -> FoundClues:
        """`category`: the one that its sender chose, if any."""
        scores, phrases = weigh(text, self._vocabulary)
        named = self._namer(text)
        extra = {f"phrase:{code}": min(_MOST, score) for code, score in scores.items()}
        if scores:
            extra[f"first:{max(scores, key=scores.__getitem__)}"] = 1.0
        extra.update({f"named:{agency}": weight for agency, weight in named.items()})
        if category is not None:
            extra[f"chosen:{category}"] = 1.0
        return FoundClues(extra, phrases, named)


def desk_of(region: Region, agency: str | None, category: str | None) -> str | None:
    """The class of the head `agency` for what a person decided; null if neither is known."""
    topic = region.categories.get(category or "")
    if topic is not None and topic.elsewhere and agency in (None, topic.agency):
        return f"{ELSEWHERE}{topic.code}"
    if agency is None:
        if topic is None:
            return None
        return KECAMATAN if topic.agency_level == "kecamatan" else topic.agency
    unit = region.agencies.get(agency)
    return KECAMATAN if unit is not None and unit.place is not None else agency
