"""Judges a model on reports whose desk is known."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from math import sqrt
from typing import Any, NamedTuple

RIGHT = 0.95
"""The share of right decisions from which a machine may decide alone."""
_BINS = 10


class Judgement(NamedTuple):
    """What one report is, and what the model made of it."""

    truth: Sequence[str]
    """The right class, or the classes of which one is right."""
    ranked: Sequence[str]
    """Best first."""
    confidence: float
    """In the first of them."""


@dataclass(frozen=True)
class Share:
    """How many of how many, with the interval in which the true share lies with 95% probability (Wilson)."""

    right: int
    of: int

    @property
    def share(self) -> float:
        return self.right / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """
        >>> [round(end, 3) for end in Share(19, 20).interval]
        [0.764, 0.991]
        """
        if not self.of:
            return 0.0, 1.0
        z, n, p = 1.96, self.of, self.share
        middle, reach = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, (middle - reach) / (1 + z * z / n)), min(1.0, (middle + reach) / (1 + z * z / n))

    def told(self) -> dict[str, Any]:
        low, high = self.interval
        return {
            "right": self.right,
            "of": self.of,
            "share": round(self.share, 4),
            "low": round(low, 4),
            "high": round(high, 4),
        }


@dataclass(frozen=True)
class OfClass:
    """One class: of how many reports it is right, how often it was said, how often rightly."""

    reports: int
    said: int
    right: int

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.reports + self.said) if self.reports + self.said else 0.0


@dataclass(frozen=True)
class Scores:
    """How well one head did. `covered`: of the surest, as many as can be taken with `RIGHT` of them right."""

    rows: int
    first: Share
    three: Share
    covered: Share
    opened: Share
    """Of those whose confidence reaches the bar."""
    error: float
    """The expected calibration error: how far confidence is from the share that is right, on average."""
    classes: Mapping[str, OfClass] = field(default_factory=dict)

    @property
    def macro_f1(self) -> float:
        known = [each.f1 for each in self.classes.values() if each.reports]
        return sum(known) / len(known) if known else 0.0

    def told(self) -> dict[str, Any]:
        """As JSON, without the classes."""
        shares = {name: getattr(self, name).told() for name in ("first", "three", "covered", "opened")}
        return {
            "rows": self.rows,
            **shares,
            "calibration_error": round(self.error, 4),
            "macro_f1": round(self.macro_f1, 4),
        }

    def told_classes(self) -> dict[str, Any]:
        return {name: {**asdict(each), "f1": round(each.f1, 4)} for name, each in self.classes.items()}


def score(judged: Sequence[Judgement], bar: float) -> Scores:
    """The scores of one head; `bar`: the confidence from which the machine would decide."""
    is_right = [bool(each.ranked) and each.ranked[0] in each.truth for each in judged]
    opened = [right for each, right in zip(judged, is_right, strict=True) if each.confidence >= bar]
    return Scores(
        rows=len(judged),
        first=Share(sum(is_right), len(judged)),
        three=Share(sum(not set(each.truth).isdisjoint(each.ranked[:3]) for each in judged), len(judged)),
        covered=_covered(judged, is_right),
        opened=Share(sum(opened), len(opened)),
        error=_error(judged, is_right),
        classes=_classes(judged),
    )


def _covered(judged: Sequence[Judgement], is_right: Sequence[bool]) -> Share:
    surest = sorted(zip(judged, is_right, strict=True), key=lambda pair: -pair[0].confidence)
    best, right, n = Share(0, 0), 0, 0
    for _, equal in groupby(surest, key=lambda pair: pair[0].confidence):
        for _, is_it in equal:
            right, n = right + is_it, n + 1
        if right >= RIGHT * n:
            best = Share(right, n)
    return best


def _error(judged: Sequence[Judgement], is_right: Sequence[bool]) -> float:
    bins: dict[int, list[tuple[float, bool]]] = {}
    for each, right in zip(judged, is_right, strict=True):
        bins.setdefault(min(_BINS - 1, int(each.confidence * _BINS)), []).append((each.confidence, right))
    gaps = (abs(sum(c for c, _ in rows) - sum(r for _, r in rows)) for rows in bins.values())
    return sum(gaps) / len(judged) if judged else 0.0


def _classes(judged: Sequence[Judgement]) -> dict[str, OfClass]:
    first = [each.ranked[0] if each.ranked else "" for each in judged]
    pairs = [(s if s in each.truth else each.truth[0], s) for each, s in zip(judged, first, strict=True)]
    names = sorted({name for pair in pairs for name in pair} - {""})
    return {
        name: OfClass(
            reports=sum(truth == name for truth, _ in pairs),
            said=sum(said == name for _, said in pairs),
            right=sum(truth == said == name for truth, said in pairs),
        )
        for name in names
    }
