"""What a model learns from: the words of a message, and what a person decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

HEADS = ("agency", "category", "kind", "spam", "urgency", "sensitive")
"""The questions a model can answer; of an example some may be open."""


@dataclass(frozen=True)
class Lesson:
    """`labels`: by head the right class, or the classes of which one is right, the likeliest first.

    `extra`: what the region's rules found, as for `Model.scores`.
    """

    text: str
    labels: Mapping[str, Sequence[str]]
    extra: Mapping[str, float] = field(default_factory=dict)
    weight: float = 1.0
    """How much it counts in learning; 0 or more."""
    source: str = ""
    """The name of where it is from."""
    licence: str | None = None
    is_report: bool = True
    """false: the region's own words about its duties; learned from, and never judged on."""
    is_local: bool = False
    """Whether officials of this region decided it: confidence is calibrated on these first."""
