"""A linear model in one file: what each word and part of a word says for each class of several heads.

The file: a line that names the format, a line with the number of bytes of the header, the header as JSON, the features as
UTF-8 lines, then little-endian arrays: the weight of each feature in a text (float32), the factor of each class
(float32), the constant of each class (float32), and the weights (int8, a row for each feature, a column for each class).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.routing.reading.features import pairs, parts, words

FORMAT = "pendapa-model 1"
"""The first line of the file. Another format of features or of the file gets another number."""
MOST_BYTES = 5_000_000
_MOST_KEPT = 16_384
"""The words whose sums are kept."""

Floats = NDArray[np.float32]


class BadModel(Exception):
    """A file that is no model of this version."""


class Head(NamedTuple):
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
        if not self.calibration:
            return probability
        xs, ys = zip(*self.calibration, strict=True)
        return float(np.interp(probability, xs, ys))


@dataclass(frozen=True)
class Vocabulary:
    """The features that a model knows, each with its number."""

    words: dict[str, int]
    parts: dict[str, int]
    pairs: dict[str, int]
    extras: dict[str, int]
    """What the region's rules found, by names such as `phrase:lampu-jalan`."""
    rarity: Floats
    """How much each feature weighs in a text: more the rarer it is."""
    rarest: float
    """The rarity of a word that is not known."""
    slang: Mapping[str, str]

    def read(self, text: str) -> list[str]:
        return words(text, self.slang)

    def of_word(self, word: str) -> tuple[list[int], Floats]:
        """The features of a word and of its parts, and their values. The parts together weigh as much as the word."""
        number = self.words.get(word)
        rarity = self.rarest if number is None else float(self.rarity[number])
        found = [n for part in parts(word) if (n := self.parts.get(part)) is not None]
        values = self.rarity[found]
        length = float(np.sqrt(values @ values))
        if length:
            values = values * np.float32(rarity / length)
        if number is not None:
            return [*found, number], np.append(values, np.float32(rarity))
        return found, values

    def of_pairs(self, in_order: Sequence[str]) -> list[int]:
        known = self.pairs
        return [number for pair in sorted(set(pairs(in_order))) if (number := known.get(pair)) is not None]

    def of_extras(self, extra: Mapping[str, float]) -> list[tuple[int, float]]:
        return [(number, value) for name, value in extra.items() if (number := self.extras.get(name)) is not None]


@dataclass(frozen=True)
class Model:
    """A model that was read. `scores` costs some look-ups and one sum for each message."""

    id: str
    heads: Mapping[str, Head]
    vocabulary: Vocabulary
    constants: Floats
    factors: Floats
    weights: NDArray[np.int8]
    card: Mapping[str, Any]
    """What the public may read of it: the rows that it was trained on, its scores, its sources."""
    _sums: dict[str, Floats] = field(default_factory=dict, repr=False)

    def scores(self, text: str, extra: Mapping[str, float]) -> dict[str, dict[str, float]]:
        """For each head the probability of each of its classes; those of one head sum to 1. `extra`: what rules found."""
        outcome = self.outcome(text, extra)
        return {name: outcome.probabilities(name) for name in self.heads}

    def outcome(self, text: str, extra: Mapping[str, float]) -> "Outcome":
        """As `scores`, but only computed for the heads that are asked for."""
        in_order = self.vocabulary.read(text)
        distinct = sorted(set(in_order))
        sums = self._sums
        rows = [sums[word] if word in sums else self._sum(word) for word in distinct]
        found = self.vocabulary.of_pairs(in_order)
        total = np.sum(rows, axis=0) if rows else np.zeros(len(self.constants) + 1, np.float32)
        if found:
            values = self.vocabulary.rarity[found]
            total[:-1] += self._weigh(found, values)
            total[-1] += values @ values
        length = float(np.sqrt(total[-1])) or 1.0
        logits = self.constants + total[:-1] / np.float32(length)
        if told := self.vocabulary.of_extras(extra):
            logits += self._weigh([number for number, _ in told], np.array([value for _, value in told], np.float32))
        return Outcome(self, logits, distinct, rows)

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

    @cached_property
    def is_rules(self) -> bool:
        return not self.heads


@dataclass(frozen=True)
class Outcome:
    """What a model says of one message."""

    model: Model
    logits: Floats
    words: Sequence[str]
    rows: Sequence[Floats]

    def of(self, head: str) -> Floats:
        """The probabilities of a head's classes, in their order."""
        one = self.model.heads[head]
        scaled = self.logits[one.columns] / np.float32(one.temperature)
        raised = np.exp(scaled - scaled.max())
        result: Floats = raised / raised.sum()
        return result

    def probabilities(self, head: str) -> dict[str, float]:
        return dict(zip(self.model.heads[head].classes, self.of(head).tolist(), strict=True))

    def why(self, head: str, code: str, most: int = 3) -> list[str]:
        """The words of the message that speak most for the class, against the head's other classes."""
        one = self.model.heads[head]
        if not self.rows or code not in one.classes:
            return []
        said = np.array([row[one.columns] for row in self.rows])
        lead = said[:, one.classes.index(code)] - said.mean(axis=1)
        order = np.argsort(-lead, kind="stable")[:most]
        return [self.words[i] for i in order if lead[i] > 0]


def load(path: Path) -> Model:
    """The model in the file. Raises `BadModel` naming the file and the fault, or OSError."""
    return read(path.read_bytes(), str(path))


def read(content: bytes, name: str) -> Model:
    """The model of these bytes; `name` is what faults call them."""
    first, _, rest = content.partition(b"\n")
    if first != FORMAT.encode():
        shown = first[:40].decode(errors="replace")
        raise BadModel(f"{name}:1: not a model of this version: it begins with {shown!r} and not with {FORMAT!r}")
    try:
        size, _, rest = rest.partition(b"\n")
        return _read(json.loads(rest[: int(size)]), rest[int(size) :])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BadModel(f"{name}:2: the model is damaged: {error}") from error


def _read(header: Mapping[str, Any], body: bytes) -> Model:
    size, counts = header["features"]["bytes"], header["features"]["counts"]
    names = body[:size].decode().split("\n")
    if len(names) != sum(counts):
        raise ValueError(f"{len(names)} features where {sum(counts)} are declared")
    outputs = sum(len(head["classes"]) for head in header["heads"])
    starts = [0, *np.cumsum(counts).tolist()]
    kinds = [{name: n for n, name in enumerate(names[a:b], a)} for a, b in pairwise(starts)]
    if len(kinds) != 4 or len(body) != size + 4 * len(names) + 8 * outputs + len(names) * outputs:
        raise ValueError(f"{len(body)} bytes of features and weights are not what the header declares")
    floats = np.frombuffer(body, "<f4", len(names) + 2 * outputs, size)
    rarity, factors, constants = np.split(floats, [len(names), len(names) + outputs])
    weights = np.frombuffer(body, np.int8, offset=size + floats.nbytes).reshape(len(names), outputs)
    vocabulary = Vocabulary(*kinds, rarity=rarity, rarest=header["rarest"], slang=header["slang"])
    return Model(header["id"], _heads(header["heads"]), vocabulary, constants, factors, weights, header["card"])


def _heads(declared: Sequence[Mapping[str, Any]]) -> dict[str, Head]:
    heads: dict[str, Head] = {}
    start = 0
    for each in declared:
        points = tuple((float(x), float(y)) for x, y in each["calibration"])
        head = Head(each["name"], tuple(each["classes"]), start, float(each["temperature"]), points)
        heads[head.name] = head
        start += len(head.classes)
    return heads


def write(model: Model) -> bytes:
    """The file of a model; the same model gives the same bytes."""
    vocabulary = model.vocabulary
    kinds = (vocabulary.words, vocabulary.parts, vocabulary.pairs, vocabulary.extras)
    names = "\n".join(name for kind in kinds for name in kind).encode()
    header = {
        "id": model.id,
        "heads": [
            {
                "name": head.name,
                "classes": head.classes,
                "temperature": head.temperature,
                "calibration": head.calibration,
            }
            for head in model.heads.values()
        ],
        "features": {"bytes": len(names), "counts": [len(kind) for kind in kinds]},
        "rarest": vocabulary.rarest,
        "slang": dict(vocabulary.slang),
        "card": dict(model.card),
    }
    told = json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    arrays = (vocabulary.rarity, model.factors, model.constants)
    numbers = b"".join(array.astype("<f4").tobytes() for array in arrays)
    return b"\n".join((FORMAT.encode(), str(len(told)).encode(), told + names + numbers + model.weights.tobytes()))
