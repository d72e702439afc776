"""What a model believes before it has seen a report: that what the region's rules found is what the report is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Beliefs:
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By head: classes that exist whether a report of them was seen or not."""
    weights: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    """By head, by the name of an extra feature, by class: what one unit of the feature adds to the class."""
    close: float = 1.0
    """How strongly the weights of extra features are held to these; those of words have `fit.CLOSE`."""
