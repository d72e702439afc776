"""Turns what a model says of itself into how often it is right, on rows that it was not trained on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize_scalar

Array = NDArray[np.float64]

DOUBT = 1.0
"""Wrong and right rows that are thought of beside those of each step, so that few rows prove little."""


def temperature(scores: Array, right: NDArray[np.int64], counts: Array) -> float:
    """By what the scores (rows x classes) are to be divided, so that their softmax says most of what is right."""

    def cost(log_t: float) -> float:
        scaled = scores / np.exp(log_t)
        scaled -= scaled.max(axis=1, keepdims=True)
        wrong = np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(right)), right]
        return float(counts @ wrong)

    if not len(right):
        return 1.0
    return float(np.exp(minimize_scalar(cost, bounds=(-2.0, 2.0), method="bounded").x))


def steps(confidence: Array, is_right: Array, counts: Array) -> tuple[tuple[float, float], ...]:
    """Rising points (confidence, how often it is right): for each step its least and its greatest confidence."""
    if not len(confidence):
        return ()
    order = np.argsort(confidence, kind="stable")
    at, right, weights = confidence[order], is_right[order], counts[order]
    found = isotonic_regression(right, weights=weights)
    points: list[tuple[float, float]] = []
    for a, b in zip(found.blocks[:-1], found.blocks[1:], strict=True):
        n, sure = float(weights[a:b].sum()), float(weights[a:b] @ right[a:b])
        share = (sure + DOUBT) / (n + 2 * DOUBT)
        points += [(float(at[a]), share), (float(at[b - 1]), share)]
    return _rising(points)


def _rising(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The points rounded, without one that falls below an earlier one; doubt makes small steps fall."""
    kept: list[tuple[float, float]] = []
    for x, y in points:
        if kept and x <= kept[-1][0]:
            continue
        kept.append((round(x, 5), round(max(y, kept[-1][1]) if kept else y, 4)))
    return tuple(kept)
