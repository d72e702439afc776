"""What a region's rules say before any report was seen: for which desk and category each clue speaks, and how much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from contracts.region import Category, Region
from contracts.region.models import KECAMATAN
from services.routing.reading.clues import ELSEWHERE, desk_of
from services.routing.reading.linear import FeatureList, Model, ModelHead

PHRASE, FIRST, NAMED, CHOSEN = 0.8, 0.8, 2.5, 3.0
"""What a unit of each clue adds to the class that it names."""
ALSO = 0.5
"""The share of it for the first of the agencies that answer for some reports of a category."""
LATER = 0.8
"""The share of each further one beside the one before."""
RULES = "rules"
"""The id of the model of a region that has none."""
_SHARP = 0.3
"""The temperature of rules alone: one clear phrase among a hundred classes is worth a candidate."""
_MODEST = 0.6
"""Nobody has counted how often rules alone are right: their confidence is at most this."""


@dataclass(frozen=True)
class Beliefs:
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By head: classes that exist whether a report of them was seen or not."""
    weights: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    """By head, by the name of an extra feature, by class: what one unit of the feature adds to the class."""
    close: float = 1.0
    """How strongly training holds the weights of these features to them."""


def beliefs(region: Region) -> Beliefs:
    category: dict[str, dict[str, float]] = {}
    agency: dict[str, dict[str, float]] = {}
    for topic in region.categories.values():
        for name, weight in (("phrase", PHRASE), ("first", FIRST), ("chosen", CHOSEN)):
            category[f"{name}:{topic.code}"] = {topic.code: weight}
            agency[f"{name}:{topic.code}"] = {desk: weight * share for desk, share in desks(region, topic).items()}
    for unit in region.agencies.values():
        desk = KECAMATAN if unit.place else unit.id
        agency[f"named:{unit.id}"] = {desk: NAMED}
        theirs = [topic.code for topic in region.categories.values() if desk in desks(region, topic)]
        category[f"named:{unit.id}"] = dict.fromkeys(theirs, NAMED / 2)
    for code, topic in region.categories.items():
        if topic.elsewhere:
            category[f"named:{ELSEWHERE}{code}"] = {code: NAMED}
            agency[f"named:{ELSEWHERE}{code}"] = {f"{ELSEWHERE}{code}": NAMED}
    classes = {"agency": sorted(_desks(region)), "category": sorted(region.categories)}
    return Beliefs(
        classes, {"agency": _known(agency, classes["agency"]), "category": _known(category, classes["category"])}
    )


def _known(weights: Mapping[str, Mapping[str, float]], classes: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
    """The weights for classes that exist: an agency that ended has none."""
    kept = {extra: {label: weight for label, weight in of.items() if label in classes} for extra, of in weights.items()}
    return {extra: of for extra, of in kept.items() if of}


def desks(region: Region, topic: Category) -> Mapping[str, float]:
    """The classes of the head `agency` that may answer for a category, each with its share from 0 to 1."""
    first = desk_of(region, None, topic.code)
    known = [desk for agency in topic.also if (desk := desk_of(region, agency, None)) is not None]
    others = {desk: ALSO * LATER**n for n, desk in enumerate(known)}
    return others | ({first: 1.0} if first is not None else {})


def _desks(region: Region) -> set[str]:
    """The classes that may be answered with; an agency that ended is one only while a category has it."""
    of_topics = {desk for topic in region.categories.values() for desk in desks(region, topic)}
    lasting = {unit.id for unit in region.agencies.values() if unit.place is None and unit.valid_to is None}
    return of_topics | lasting


def rules_only(told: Beliefs) -> Model:
    """The model of a region without one: its rules alone, and modest."""
    extras = sorted({extra for by_extra in told.weights.values() for extra in by_extra})
    numbers = {extra: number for number, extra in enumerate(extras)}
    heads: dict[str, ModelHead] = {}
    columns: list[np.ndarray[tuple[int, int], np.dtype[np.float64]]] = []
    for name, classes in told.classes.items():
        start = sum(len(head.classes) for head in heads.values())
        heads[name] = ModelHead(name, tuple(classes), start, _SHARP, ((0.0, 0.0), (1.0, _MODEST)))
        weights = np.zeros((len(extras), len(classes)))
        for extra, by_class in told.weights.get(name, {}).items():
            for label, weight in by_class.items():
                weights[numbers[extra], heads[name].classes.index(label)] = weight
        columns.append(weights)
    table = np.hstack(columns)
    factor = max(float(table.max()) / 127, 1e-6)
    outputs = table.shape[1]
    known = FeatureList({}, {}, {}, numbers, np.ones(len(extras), np.float32), {})
    factors = np.full(outputs, factor, np.float32)
    whole = np.rint(table / factor).astype(np.int8)
    return Model(RULES, heads, known, np.zeros(outputs, np.float32), factors, whole, {})
