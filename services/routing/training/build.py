"""Trains a model: its vocabulary, the weights of each head, their temperatures, and the bytes."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from services.routing.reading import model as modelfile
from services.routing.reading.beliefs import Beliefs
from services.routing.reading.linear import FeatureList, Model, ModelHead
from services.routing.training import vocabulary as vocabularies
from services.routing.training.called import is_name
from services.routing.training.examples import HEADS, Lesson
from services.routing.training.fit import CLOSE, Singles, alike, fit
from services.routing.training.matrix import matrix

Array = NDArray[np.float64]

MOST_FEATURES = 24_000


@dataclass(frozen=True)
class Course:
    """All that a training depends on, beside its examples."""

    slang: Mapping[str, str]
    names: frozenset[str] = frozenset()
    """Further words that are people's names: no feature of the model is one of them, nor what `called` knows."""
    beliefs: Beliefs = field(default_factory=Beliefs)
    prior: Model | None = None
    most_features: int = MOST_FEATURES
    seed: int = 1


def train(examples: Sequence[Lesson], course: Course) -> Model:
    """A model of the examples, without temperatures, calibration and card. The same input gives the same model."""
    with threadpool_limits(1):  # the sums of several threads depend on how many there are
        return _train(examples, course)


def _train(examples: Sequence[Lesson], course: Course) -> Model:
    wide = vocabularies.choose(
        examples,
        course.slang,
        lambda word: word in course.names or is_name(word),
        course.prior.vocabulary if course.prior else None,
    )
    rows = matrix(examples, wide)
    numbers = _strongest(rows, examples, wide, course)
    if len(numbers) < len(wide.rarity):
        wide = vocabularies.keep(wide, numbers)
        rows = matrix(examples, wide)
    close = np.full(len(wide.rarity), CLOSE)
    close[list(wide.extras.values())] = course.beliefs.close
    kernel = alike(rows, close)
    heads: dict[str, ModelHead] = {}
    weights: list[Array] = []
    constants: list[Array] = []
    for name in HEADS:
        classes = _classes(name, examples, course)
        if len(classes) < 2:
            continue
        found = _fit_head(name, classes, rows, kernel, close, examples, wide, course)
        heads[name] = ModelHead(name, classes, sum(len(head.classes) for head in heads.values()), 1.0, ())
        weights.append(found[0])
        constants.append(found[1])
    return _quantised(heads, wide, np.hstack(weights), np.concatenate(constants))


def finish(model: Model, heads: Mapping[str, ModelHead], card: Mapping[str, Any]) -> Model:
    """The model with these heads and card; its id is made of its content."""
    made = replace(model, id="", heads=heads, card=card)
    digest = hashlib.sha256(modelfile.write(made)).hexdigest()
    return replace(made, id=digest[:12])


def _classes(head: str, examples: Sequence[Lesson], course: Course) -> tuple[str, ...]:
    known = {label for each in examples for label in each.labels.get(head, ())}
    known.update(course.beliefs.classes.get(head, ()))
    if course.prior and head in course.prior.heads:
        known.update(course.prior.heads[head].classes)
    return tuple(sorted(known))


def _strongest(rows: csr_matrix, examples: Sequence[Lesson], known: FeatureList, course: Course) -> Sequence[int]:
    """The features that tell most about agencies and categories (by chi squared), and those of the prior."""
    power = np.zeros(len(known.rarity))
    for head in ("agency", "category", "kind", "spam"):
        labelled = [i for i, each in enumerate(examples) if head in each.labels]
        labels = [examples[i].labels[head][0] for i in labelled]
        if len(set(labels)) > 1:
            found = _chi_squared(rows[labelled], labels)
            power += found / max(found.sum(), 1e-9)
    if course.prior is not None:
        old = course.prior.vocabulary
        for kind, before in ((known.words, old.words), (known.parts, old.parts), (known.pairs, old.pairs)):
            power[[kind[name] for name in before]] += 1.0
    return sorted(np.argsort(-power, kind="stable")[: course.most_features].tolist())


def _chi_squared(rows: csr_matrix, labels: Sequence[str]) -> Array:
    numbers = {label: n for n, label in enumerate(sorted(set(labels)))}
    right = csr_matrix((np.ones(len(labels)), ([numbers[x] for x in labels], range(len(labels)))))
    seen = np.asarray((right @ rows).todense(), np.float64)
    expected = np.outer(np.bincount([numbers[x] for x in labels]) / len(labels), seen.sum(axis=0))
    gap = (seen - expected) ** 2
    return np.asarray(np.divide(gap, expected, out=np.zeros_like(gap), where=expected > 0).sum(axis=0))


def _fit_head(
    head: str,
    classes: tuple[str, ...],
    rows: csr_matrix,
    kernel: Singles,
    close: Array,
    examples: Sequence[Lesson],
    known: FeatureList,
    course: Course,
) -> tuple[Array, Array]:
    before, constants = _before(head, classes, known, course)
    labelled = [i for i, each in enumerate(examples) if head in each.labels]
    if not labelled:
        return before, constants
    at = {name: n for n, name in enumerate(classes)}
    right = np.zeros((len(labelled), len(classes)), bool)
    for row, i in enumerate(labelled):
        right[row, [at[label] for label in examples[i].labels[head]]] = True
    counts = np.array([examples[i].weight for i in labelled])
    some = rows[labelled].astype(np.float64)
    return fit(some, kernel[np.ix_(labelled, labelled)], right, counts, before, constants, close)


def _before(head: str, classes: tuple[str, ...], known: FeatureList, course: Course) -> tuple[Array, Array]:
    """What is believed of the head: the weights of the prior, else those of the beliefs."""
    before, constants = np.zeros((len(known.rarity), len(classes))), np.zeros(len(classes))
    at = {name: n for n, name in enumerate(classes)}
    for extra, by_class in course.beliefs.weights.get(head, {}).items():
        if (number := known.extras.get(extra)) is not None:
            for name, weight in by_class.items():
                before[number, at[name]] = weight
    if course.prior is None or head not in course.prior.heads:
        return before, constants
    old = course.prior
    one = old.heads[head]
    to = [at[name] for name in one.classes]
    weights = old.weights[:, one.columns].astype(np.float64) * old.factors[one.columns].astype(np.float64)
    kinds = ("words", "parts", "pairs", "extras")
    for kind in kinds:
        new: Mapping[str, int] = getattr(known, kind)
        for name, number in getattr(old.vocabulary, kind).items():
            if name in new:
                before[new[name], to] = weights[number]
    constants[to] = old.constants[one.columns]
    return before, constants


def _quantised(heads: Mapping[str, ModelHead], known: FeatureList, weights: Array, constants: Array) -> Model:
    factors = np.abs(weights).max(axis=0) / 127
    factors[factors == 0] = 1.0
    whole = np.rint(weights / factors).astype(np.int8)
    return Model("", heads, known, constants.astype(np.float32), factors.astype(np.float32), whole, {})
