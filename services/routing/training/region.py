"""A region's own words for its duties, as examples."""

from collections.abc import Iterator, Mapping, Sequence

from contracts.region import Region
from services.routing.reading.clues import Clues, desk_of
from services.routing.training.examples import Lesson

OWN_WEIGHT = 0.3
"""How much a text of the region counts beside a report."""
_TOGETHER = 8
"""The keywords of a category that are one text."""


def texts(region: Region, clues: Clues) -> Iterator[Lesson]:
    """The region's own words for its duties, each as a report to the desk that has the duty."""
    for topic in region.categories.values():
        labels = {"category": (topic.code,)}
        if (desk := desk_of(region, None, topic.code)) is not None:
            labels["agency"] = (desk,)
        groups = (topic.keywords[n : n + _TOGETHER] for n in range(0, len(topic.keywords), _TOGETHER))
        for text in (f"{topic.name}. {topic.description}", *map(", ".join, groups)):
            yield _own(text, labels, clues)
    for unit in region.agencies.values():
        if unit.place is None and unit.valid_to is None:
            for text in (unit.name, unit.duties):
                if text:
                    yield _own(text, {"agency": (unit.id,)}, clues)


def _own(text: str, labels: Mapping[str, Sequence[str]], clues: Clues) -> Lesson:
    return Lesson(text, labels, clues.of(text).extra, OWN_WEIGHT, "region", is_report=False)
