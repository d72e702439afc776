"""The whole course of a training: folds, the model of all rows, its temperatures and calibration, its scores."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.region import Region
from services.routing.reading.candidates import CandidateFinder, Ranked
from services.routing.reading.clues import FoundClues
from services.routing.reading.features import words
from services.routing.reading.linear import Model, ModelHead, ModelOutcome
from services.routing.training.build import Course, finish, train
from services.routing.training.calibrate import steps, temperature
from services.routing.training.examples import Lesson
from services.routing.training.judge import Judgement, Scores, score

Array = NDArray[np.float64]

FOLDS = 5
_NEVER = -30.0
"""The score of a class that a fold does not know."""
_SHARES = (0.2, 0.4, 0.5, 0.6, 0.7, 0.8)
"""The shares of the agencies' own head that are tried. The rest is the table's, who may be second and third: reports
from elsewhere say nothing of agencies that answer `also`."""
_MOST_DESKS = 12
LOCAL = 5.0
"""How much a report of the region itself counts in calibration beside one from elsewhere."""
_NOTHING = FoundClues({}, {}, {})


@dataclass(frozen=True)
class Trained:
    model: Model
    scores: Mapping[str, Scores]
    """By head, on rows that the judged model had not seen (cross-validation)."""


def run(
    region: Region,
    examples: Sequence[Lesson],
    course: Course,
    card: Mapping[str, Any],
    bar: float,
    say: Callable[[str], None] = lambda _: None,
) -> Trained:
    """A finished model of the examples. Reports are judged by models that were trained without them."""
    model = train(examples, course)
    say(f"{len(model.vocabulary.rarity)} features, {len(model.constants)} classes")
    judged, scores = _held_out(examples, course, model, say)
    model = replace(model, heads=_tempered(model, judged, scores))
    model = replace(model, own=_own(region, model, judged, scores))
    finder = CandidateFinder(region, model)
    model = replace(model, heads={**model.heads, **_calibrated(finder, judged, scores)})
    outcomes = [_outcome(model, row) for row in scores]
    found = judge(CandidateFinder(region, model), list(zip(judged, outcomes, strict=True)), bar)
    told = {**card, "scores": {head: each.told() for head, each in found.items()}}
    return Trained(finish(model, model.heads, told), found)


def judge(finder: CandidateFinder, read: Sequence[tuple[Lesson, ModelOutcome]], bar: float) -> dict[str, Scores]:
    """The scores of each head that some example has a label of."""
    by_head: dict[str, list[Judgement]] = {}
    for example, outcome in read:
        for head, truth in example.labels.items():
            if head in finder.model.heads:
                by_head.setdefault(head, []).append(Judgement(truth, *_ranked(finder, outcome, head)))
    return {head: score(judged, bar) for head, judged in sorted(by_head.items())}


def read_all(finder: CandidateFinder, examples: Iterable[Lesson]) -> list[tuple[Lesson, ModelOutcome]]:
    return [(each, finder.model.outcome(each.text, each.extra)) for each in examples]


def _ranked(finder: CandidateFinder, outcome: ModelOutcome, head: str) -> tuple[list[str], float]:
    one = finder.model.heads[head]
    if head == "agency":
        best = finder.rank(outcome, 3)
        return [each.desk for each in best], one.calibrated(best[0].probability)
    probabilities = outcome.of(head)
    order = np.argsort(-probabilities, kind="stable")[:3].tolist()
    return [one.classes[n] for n in order], one.calibrated(float(probabilities[order[0]]))


def fold_of(example: Lesson, course: Course) -> int:
    """The same words are in the same fold, whoever sent them."""
    said = f"{course.seed} {' '.join(words(example.text, course.slang))}"
    return int(hashlib.sha256(said.encode()).hexdigest()[:8], 16) % FOLDS


def _held_out(
    examples: Sequence[Lesson], course: Course, model: Model, say: Callable[[str], None]
) -> tuple[list[Lesson], Array]:
    """The reports, and for each the scores of all classes by a model that was trained without its fold."""
    folds = [fold_of(each, course) if each.is_report else -1 for each in examples]
    judged: list[Lesson] = []
    rows: list[Array] = []
    for fold in range(FOLDS):
        held = [each for each, f in zip(examples, folds, strict=True) if f == fold]
        if not held:
            continue
        say(f"fold {fold + 1} of {FOLDS}")
        other = train([each for each, f in zip(examples, folds, strict=True) if f != fold], course)
        columns, known = _columns(other, model)
        for each in held:
            row = np.full(len(model.constants), _NEVER)
            row[columns] = other.outcome(each.text, each.extra).logits[known]
            judged.append(each)
            rows.append(row)
    return judged, np.array(rows)


def _columns(other: Model, model: Model) -> tuple[list[int], list[int]]:
    """The columns of `model`, and those of `other` for the same classes."""
    to: list[int] = []
    of: list[int] = []
    for name, head in other.heads.items():
        for n, label in enumerate(head.classes):
            to.append(model.heads[name].start + model.heads[name].classes.index(label))
            of.append(head.start + n)
    return to, of


def _tempered(model: Model, judged: Sequence[Lesson], scores: Array) -> dict[str, ModelHead]:
    heads: dict[str, ModelHead] = {}
    for name, head in model.heads.items():
        rows = [n for n, each in enumerate(judged) if name in each.labels]
        right = np.array([head.classes.index(judged[n].labels[name][0]) for n in rows], np.int64)
        counts = _counts(judged[n] for n in rows)
        heads[name] = head._replace(temperature=round(temperature(scores[rows][:, head.columns], right, counts), 4))
    return heads


def _own(region: Region, model: Model, judged: Sequence[Lesson], scores: Array) -> float:
    """The share of the head `agency` with which the right agency is likeliest."""
    rows = [n for n, each in enumerate(judged) if "agency" in each.labels]
    counts = _counts(judged[n] for n in rows)
    said: dict[float, float] = {}
    for own in _SHARES:
        finder = CandidateFinder(region, replace(model, own=own))
        ranked = [finder.rank(_outcome(model, scores[n]), _MOST_DESKS) for n in rows]
        sure = [_of(judged[n].labels["agency"], best) for n, best in zip(rows, ranked, strict=True)]
        said[own] = float(counts @ np.log(np.array(sure)))
    return max(said, key=lambda own: (said[own], own))


def _of(labels: Sequence[str], ranked: Sequence[Ranked]) -> float:
    return max(sum(each.probability for each in ranked if each.desk in labels), 1e-4)


def _calibrated(finder: CandidateFinder, judged: Sequence[Lesson], scores: Array) -> dict[str, ModelHead]:
    heads: dict[str, ModelHead] = {}
    for name, head in finder.model.heads.items():
        rows = [n for n, each in enumerate(judged) if name in each.labels]
        said = [_ranked(finder, _outcome(finder.model, scores[n]), name) for n in rows]
        right = np.array([best[0] in judged[n].labels[name] for n, (best, _) in zip(rows, said, strict=True)], float)
        points = steps(np.array([confidence for _, confidence in said]), right, _counts(judged[n] for n in rows))
        heads[name] = head._replace(calibration=points)
    return heads


def _counts(judged: Iterable[Lesson]) -> Array:
    return np.array([LOCAL if each.is_local else 1.0 for each in judged])


def _outcome(model: Model, logits: Array) -> ModelOutcome:
    outputs = len(model.constants)
    return ModelOutcome(model, logits.astype(np.float32), [], np.zeros((0, outputs), np.float32))
