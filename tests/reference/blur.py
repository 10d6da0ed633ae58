"""The mean over a square, as whole numbers. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .elastic_transform import fold101
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"step": np.array(rng.randint((p.high - p.low) // 2 + 1))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return box(x, p.low + 2 * int(d["step"]))


def box(x: np.ndarray, side: int) -> np.ndarray:
    """The mean over a square about each pixel; of an even side, the row and column at each end count half."""
    reach = range(-(side // 2), side // 2 + 1)
    share = {i: 1 if side % 2 == 0 and abs(i) == side // 2 else 2 for i in reach}
    return mean(x, {(i, j): share[i] * share[j] for i in reach for j in reach})


def mean(x: np.ndarray, weights: dict) -> np.ndarray:
    """The mean of the pixels at offsets (dy, dx) by whole weights, reflect-101, rounded half up."""
    total, whole = np.zeros(x.shape, int), sum(weights.values())
    rows, columns = (np.arange(length) for length in x.shape[:2])
    for (down, aside), weight in weights.items():
        total += weight * x[fold101(rows + down, len(rows))][:, fold101(columns + aside, len(columns))].astype(int)
    return ((2 * total + whole) // (2 * whole)).astype(np.uint8)
