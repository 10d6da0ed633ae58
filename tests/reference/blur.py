"""The mean over a square, as whole numbers. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .elastic_transform import fold101
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"step": np.array(rng.randint((p.high - p.low) // 2 + 1))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    side = p.low + 2 * int(d["step"])
    return mean(x, [(i, j) for i in range(-(side // 2), side // 2 + 1) for j in range(-(side // 2), side // 2 + 1)])


def mean(x: np.ndarray, offsets) -> np.ndarray:
    """The mean of the pixels at offsets (dy, dx), reflect-101, rounded half up."""
    total = np.zeros(x.shape, int)
    rows, columns = (np.arange(length) for length in x.shape[:2])
    for down, aside in offsets:
        total += x[fold101(rows + down, len(rows))][:, fold101(columns + aside, len(columns))]
    return ((2 * total + len(offsets)) // (2 * len(offsets))).astype(np.uint8)
