"""The features of messages as a sparse matrix, with the values that a model reads them with."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from services.routing.reading.features import marks
from services.routing.reading.linear import FeatureList, Floats, often
from services.routing.training.examples import Lesson


def matrix(examples: Sequence[Lesson], vocabulary: FeatureList) -> csr_matrix:
    """A row for each example, a column for each feature."""
    known: dict[str, tuple[list[int], Floats]] = {}
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for example in examples:
        numbers, found = _row(example, vocabulary, known)
        columns += numbers
        values += found
        ends.append(len(columns))
    shape = (len(examples), len(vocabulary.rarity))
    return csr_matrix((np.array(values, np.float32), np.array(columns, np.int32), np.array(ends)), shape=shape)


def _row(
    example: Lesson, vocabulary: FeatureList, known: dict[str, tuple[list[int], Floats]]
) -> tuple[list[int], list[float]]:
    in_order = vocabulary.read(example.text)
    counted = Counter(in_order)
    numbers, pair_values = vocabulary.of_pairs(in_order)
    found, square = [pair_values], float(pair_values @ pair_values)
    for word, times in zip(counted, often(list(counted.values())), strict=True):
        if word not in known:
            known[word] = vocabulary.of_word(word)
        more, values = known[word]
        numbers = numbers + more
        found.append(values * times)
        square += float(times**2 * (values @ values))
    told = vocabulary.of_extras({**marks(example.text), **example.extra})
    together = (np.concatenate(found) / np.float32(np.sqrt(square) or 1.0)).tolist()
    return numbers + [n for n, _ in told], together + [value for _, value in told]
