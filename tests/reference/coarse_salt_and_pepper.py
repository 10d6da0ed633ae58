"""Cells of a coarse grid replaced. Source: Jung et al. 2020 (imgaug 0.4)."""

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
                result[np.ix_(rows == i, columns == j)] = 0 if d["luck"][i, j] < p.amount / 2 else 255
    return result
