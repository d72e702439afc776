"""A linear model: what each word and part of a word says for each class of several heads. `model` has its file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.routing.reading.features import marks, pairs, parts, words

PART = np.float32(0.22)
"""What a part of a word weighs beside a word of the same rarity: a word has many parts."""
_MOST_KEPT = 16_384
"""The words whose sums are kept."""

Floats = NDArray[np.float32]
_NONE = np.empty(0, np.float32)


class ModelHead(NamedTuple):
    """One question that the model answers, with the columns of its classes."""

    name: str
    classes: tuple[str, ...]
    start: int
    temperature: float
    """Scores are divided by it before they become probabilities."""
    calibration: tuple[tuple[float, float], ...]
    """Rising points (probability of the best class, how often it is right), on rows that were not trained on."""

    @property
    def columns(self) -> slice:
        return slice(self.start, self.start + len(self.classes))

    def calibrated(self, probability: float) -> float:
        """How probable it is that a class of this probability is right; between two points on the line between them."""
        points = self.calibration
        if not points:
            return probability
        if probability <= points[0][0]:
            return points[0][1]
        for (x, y), (next_x, next_y) in pairwise(points):
            if probability < next_x:
                return y + (next_y - y) * (probability - x) / (next_x - x)
        return points[-1][1]


@dataclass(frozen=True)
class FeatureList:
    """The features that a model knows, each with its number."""

    words: dict[str, int]
    parts: dict[str, int]
    pairs: dict[str, int]
    extras: dict[str, int]
    """What the region's rules found, by names such as `phrase:lampu-jalan`."""
    rarity: Floats
    """How much each feature weighs in a text: more the rarer it is."""
    slang: Mapping[str, str]

    def read(self, text: str) -> list[str]:
        return words(text, self.slang)

    def of_word(self, word: str) -> tuple[list[int], Floats]:
        """The features of a word and of its parts, and their values."""
        found = [n for part in parts(word) if (n := self.parts.get(part)) is not None]
        values = self.rarity[found] * PART
        if (number := self.words.get(word)) is None:
            return found, values
        return [*found, number], np.append(values, self.rarity[number])

    def of_pairs(self, in_order: Sequence[str]) -> tuple[list[int], Floats]:
        """The pairs of words, and their values."""
        known = self.pairs
        found = sorted({number for pair in pairs(in_order) if (number := known.get(pair)) is not None})
        return found, self.rarity[found]

    def of_extras(self, extra: Mapping[str, float]) -> list[tuple[int, float]]:
        return [(number, value) for name, value in extra.items() if (number := self.extras.get(name)) is not None]


@dataclass(frozen=True)
class Model:
    """A model that was read. `scores` costs some look-ups and one sum for each message."""

    id: str
    heads: Mapping[str, ModelHead]
    vocabulary: FeatureList
    constants: Floats
    factors: Floats
    weights: NDArray[np.int8]
    card: Mapping[str, Any]
    """What the public may read of it: the rows that it was trained on, its scores, its sources."""
    own: float = 0.8
    """From 0 to 1: the share of the head `agency` in the choice of an agency; the rest is that of the agencies that
    answer for the categories by the region's rules."""
    _sums: dict[str, Floats] = field(default_factory=dict, repr=False)

    def scores(self, text: str, extra: Mapping[str, float]) -> dict[str, dict[str, float]]:
        """For each head the probability of each of its classes, which sum to 1. `extra`: what rules found."""
        outcome = self.outcome(text, extra)
        return {name: outcome.probabilities(name) for name in self.heads}

    def outcome(self, text: str, extra: Mapping[str, float]) -> "ModelOutcome":
        """As `scores`, but only computed for the heads that are asked for."""
        in_order = self.vocabulary.read(text)
        counted = Counter(in_order)
        sums = self._sums
        found = [row if (row := sums.get(word)) is not None else self._sum(word) for word in counted]
        rows = np.concatenate(found or [_NONE]).reshape(len(counted), len(self.constants) + 1)
        times = often(list(counted.values()))
        numbers, values = self.vocabulary.of_pairs(in_order)
        square = float(times**2 @ rows[:, -1] + values @ values)
        length = np.float32(sqrt(square) or 1.0)
        logits = self.constants + times @ rows[:, :-1] / length
        told = self.vocabulary.of_extras({**marks(text), **extra})
        if numbers or told:
            values = np.concatenate((values / length, np.array([value for _, value in told], np.float32)))
            logits += self._weigh([*numbers, *[number for number, _ in told]], values)
        return ModelOutcome(self, logits, list(counted), rows[:, :-1])

    def _sum(self, word: str) -> Floats:
        """What the word adds for each class, and last the square of its length."""
        numbers, values = self.vocabulary.of_word(word)
        summed = np.append(self._weigh(numbers, values), np.float32(values @ values)).astype(np.float32)
        if len(self._sums) >= _MOST_KEPT:
            self._sums.clear()
        self._sums[word] = summed
        return summed

    def _weigh(self, numbers: Sequence[int], values: Floats) -> Floats:
        weighed: Floats = values @ self.weights[list(numbers)].astype(np.float32) * self.factors
        return weighed


@dataclass(frozen=True)
class ModelOutcome:
    """What a model says of one message."""

    model: Model
    logits: Floats
    words: Sequence[str]
    rows: Floats
    """What each word says for each class."""
    _means: dict[str, Floats] = field(default_factory=dict, repr=False)

    def of(self, head: str) -> Floats:
        """The probabilities of a head's classes, in their order."""
        one = self.model.heads[head]
        scaled = self.logits[one.columns] / np.float32(one.temperature)
        raised = np.exp(scaled - scaled.max())
        result: Floats = raised / raised.sum()
        return result

    def probabilities(self, head: str) -> dict[str, float]:
        return dict(zip(self.model.heads[head].classes, self.of(head).tolist(), strict=True))

    def _mean(self, head: str) -> Floats:
        """What each word says on average for the classes of the head."""
        if head not in self._means:
            one = self.model.heads[head]
            self._means[head] = self.rows[:, one.columns].sum(axis=1) / len(one.classes)
        return self._means[head]

    def why(self, head: str, code: str, most: int = 3) -> list[str]:
        """The words of the message that speak most for the class, against the head's other classes."""
        one = self.model.heads[head]
        if code not in one.classes:
            return []
        lead = (self.rows[:, one.start + one.classes.index(code)] - self._mean(head)).tolist()
        order = sorted(range(len(lead)), key=lead.__getitem__, reverse=True)[:most]
        return [self.words[n] for n in order if lead[n] > 0]


def often(counts: Sequence[int]) -> Floats:
    """The factor of a word that stands so many times in a message."""
    factors: Floats = 1 + np.log(np.array(counts, np.float32))
    return factors
