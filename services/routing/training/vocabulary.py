"""Chooses the features that a model knows."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from services.routing.reading.features import marks, pairs, parts, words
from services.routing.reading.linear import FeatureList
from services.routing.training.examples import Lesson

SEEN = 3
"""The reports in which a feature must stand: what fewer people wrote may tell who they are."""


def choose(
    examples: Sequence[Lesson],
    slang: Mapping[str, str],
    is_name: Callable[[str], bool],
    beside: FeatureList | None = None,
) -> FeatureList:
    """The features of the examples that at least `SEEN` reports have, or the region's own words; and those of `beside`.

    Features that are a person's name are left out. The features of `beside` keep their rarity.
    """
    extras = sorted({name for each in examples for name in (marks(each.text) | dict(each.extra))})
    kinds: list[Counter[str]] = [Counter(), Counter(), Counter()]
    owned: list[set[str]] = [set(), set(), set()]
    for each in examples:
        for n, found in enumerate(_features(words(each.text, slang))):
            kinds[n].update(found)
            if not each.is_report:
                owned[n] |= found
    total = len(examples)
    chosen: list[dict[str, float]] = []
    for n, counts in enumerate(kinds):
        kept = (f for f in sorted(counts) if (counts[f] >= SEEN or f in owned[n]) and not _names(f, is_name))
        chosen.append({f: float(np.log((1 + total) / (1 + counts[f])) + 1) for f in kept})
    if beside is not None:
        _add(chosen, beside)
        extras = sorted(beside.extras.keys() | set(extras))
    return build(chosen, extras, slang)


def build(chosen: Sequence[Mapping[str, float]], extras: Iterable[str], slang: Mapping[str, str]) -> FeatureList:
    """The vocabulary of words, parts and pairs with their rarity, and of extras, each in the order given."""
    numbers = iter(range(10**9))
    numbered = [{name: next(numbers) for name in kind} for kind in (*chosen, extras)]
    rarity = [value for kind in chosen for value in kind.values()] + [1.0] * len(numbered[3])
    return FeatureList(numbered[0], numbered[1], numbered[2], numbered[3], np.array(rarity, np.float32), slang)


def keep(vocabulary: FeatureList, numbers: Sequence[int]) -> FeatureList:
    """The vocabulary with only these features; all extras stay."""
    wanted = set(numbers)
    kinds = (vocabulary.words, vocabulary.parts, vocabulary.pairs)
    chosen = [{name: float(vocabulary.rarity[n]) for name, n in kind.items() if n in wanted} for kind in kinds]
    return build(chosen, vocabulary.extras, vocabulary.slang)


def _features(in_order: Sequence[str]) -> tuple[set[str], set[str], set[str]]:
    distinct = set(in_order)
    return distinct, {part for word in distinct for part in parts(word)}, set(pairs(in_order))


def _names(feature: str, is_name: Callable[[str], bool]) -> bool:
    """Whether a word of the feature is a name, or the feature is a whole name with the marks of its ends."""
    return any(map(is_name, feature.split()))


def _add(chosen: Sequence[dict[str, float]], beside: FeatureList) -> None:
    kinds = (beside.words, beside.parts, beside.pairs)
    for kind, known in zip(chosen, kinds, strict=True):
        merged = {name: kind.get(name, 0.0) for name in sorted(kind.keys() | known.keys())}
        kind.clear()
        kind.update({name: float(beside.rarity[known[name]]) if name in known else merged[name] for name in merged})
