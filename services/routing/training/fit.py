"""Finds the weights of one head: those that explain the examples best and stay close to what was believed before."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

Array = NDArray[np.float64]

CLOSE = 0.03
"""How strongly a weight is held to the belief before: the inverse of the variance that it may have."""
STEPS = 150


def fit(
    rows: csr_matrix, classes: NDArray[np.int64], counts: Array, before: Array, constants: Array, close: Array
) -> tuple[Array, Array]:
    """The weights (features x classes) and constants of a softmax regression.

    `classes`: the right class of each row; `counts`: how much each row counts; `before`, `constants`: what is believed
    without the rows; `close`: how strongly the weights of each feature are held to it.
    """
    features, outputs = before.shape
    right = np.zeros((len(classes), outputs))
    right[np.arange(len(classes)), classes] = counts
    columns = csr_matrix(rows.T)
    start = rows @ before + constants

    def cost(flat: Array) -> tuple[float, Array]:
        change, shift = flat[:-outputs].reshape(features, outputs), flat[-outputs:]
        scores = start + rows @ change + shift
        scores -= scores.max(axis=1, keepdims=True)
        raised = np.exp(scores)
        sums = raised.sum(axis=1)
        wrong = float(counts @ np.log(sums)) - float((right * scores).sum())
        error = raised * (counts / sums)[:, None] - right
        held = close[:, None] * change
        slope = columns @ error + held
        total = wrong + 0.5 * float((held * change).sum()) + 0.5 * CLOSE * float(shift @ shift)
        return total, np.concatenate([slope.ravel(), error.sum(axis=0) + CLOSE * shift])

    options: Any = {"maxiter": STEPS, "maxcor": 8, "ftol": 1e-7, "gtol": 1e-4}
    found = minimize(cost, np.zeros((features + 1) * outputs), jac=True, method="L-BFGS-B", options=options)
    change, shift = found.x[:-outputs].reshape(features, outputs), found.x[-outputs:]
    return before + change, constants + shift
