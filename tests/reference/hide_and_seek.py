"""Cells of a coarse grid replaced. Source: Singh and Lee 2017 (arXiv:1704.04545)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"luck": rng.uniform(size=(p.cells, p.cells))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    rows, columns = (np.arange(length) * p.cells // length for length in x.shape[:2])
    result = x.copy()
    for i in range(p.cells):
        for j in range(p.cells):
            if d["luck"][i, j] < p.amount:
                result[np.ix_(rows == i, columns == j)] = (124, 116, 104)
    return result
