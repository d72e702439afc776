"""Finds the weights of one head: those that explain the examples best and stay close to what was believed before."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

Array = NDArray[np.float64]
Singles = NDArray[np.float32]

CLOSE = 0.03
"""How strongly a weight is held to the belief before: the inverse of the variance that it may have."""
STEPS = 50
_FIRM = 1e-3
"""Added to the diagonal, so that two equal rows do no harm."""


def alike(rows: csr_matrix, close: Array) -> Singles:
    """How alike each two rows are: what one teaches about the other. `close`: for each feature, as in `fit`."""
    scaled = csr_matrix(rows.multiply(1 / close[None, :]))
    found: Singles = (scaled @ rows.T).toarray().astype(np.float32) + np.float32(1 / CLOSE)
    return found


def fit(
    rows: csr_matrix,
    kernel: Singles,
    right: NDArray[np.bool_],
    counts: Array,
    before: Array,
    constants: Array,
    close: Array,
) -> tuple[Array, Array]:
    """The weights (features x classes) and constants of a softmax regression.

    `kernel`: `alike` of the rows; `right` (rows x classes): the classes of which one is right; `counts`: how much each
    row counts; `before`, `constants`: what is believed without the rows; `close`: how strongly the weights of each
    feature are held to it.

    There are fewer rows than features, so what is sought is how much each row adds to the belief, not each weight.
    """
    n, outputs = right.shape
    root = np.linalg.cholesky(kernel + _FIRM * np.eye(n, dtype=np.float32))
    weighed = counts.astype(np.float32)[:, None]
    start = (rows @ before + constants).astype(np.float32)

    def cost(flat: Array) -> tuple[float, Array]:
        added = flat.reshape(n, outputs).astype(np.float32)
        scores = start + root @ added
        scores -= scores.max(axis=1, keepdims=True)
        raised = np.exp(scores)
        allowed = raised * right
        sums, rightly = raised.sum(axis=1, keepdims=True), allowed.sum(axis=1, keepdims=True) + np.float32(1e-30)
        wrong = float((weighed * np.log(sums / rightly)).sum(dtype=np.float64))
        error = weighed * (raised / sums - allowed / rightly)
        slope = root.T @ error + added
        return wrong + 0.5 * float(flat @ flat), slope.astype(np.float64).ravel()

    options: Any = {"maxiter": STEPS, "ftol": 1e-5, "gtol": 1e-3}
    found = minimize(cost, np.zeros(n * outputs), jac=True, method="L-BFGS-B", options=options)
    taught = solve_triangular(root, found.x.reshape(n, outputs), trans="T", lower=True)
    change = (rows.T @ taught) / close[:, None]
    return before + change, constants + taught.sum(axis=0) / CLOSE
