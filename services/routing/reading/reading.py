"""One reading of a message, as a value: what the desk's machine found in it, with how sure it is and why."""

from dataclasses import dataclass
from typing import NamedTuple


class Judged(NamedTuple):
    """One finding. `reason`: in the region's language, in words that officials understand."""

    value: str
    confidence: float
    """From 0 to 1: how probable it is that the value is right."""
    reason: str


class Candidate(NamedTuple):
    """An agency that may be the right one, with the category that it would get the report for."""

    agency: str | None
    """An id of the region's agencies; null: the matter is not ours, and `reason` says where to turn."""
    category: str
    confidence: float
    """From 0 to 1: the probability that the agency is right, calibrated on reports that it was not trained on."""
    reason: str


class Suspected(NamedTuple):
    """Characters of the text that may be personal data: `text[start:end]`."""

    what: str
    """name, address, birth-date, age, plate, customer-number or account."""
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """What was found in one message. Only officials see it: it never leaves routing, in no event."""

    model: str
    """The id of the model that made it; `rules` if the region has none."""
    candidates: tuple[Candidate, ...]
    """Best first, at most three."""
    kind: Judged
    """complaint, aspiration or information."""
    urgency: Judged
    """urgent or normal."""
    spam: Judged
    """fraud, promotion, prank or none."""
    sensitive: Judged
    """yes or no."""
    suspected: tuple[Suspected, ...] = ()
