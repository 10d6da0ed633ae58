"""A regular grid of black squares. Source: Chen et al. 2020 (arXiv:2001.04086)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"distance": np.array(rng.uniform(p.low, p.high)), "moved": rng.uniform(size=2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    period = max(int(d["distance"] * min(x.shape[:2]) + 0.5), 1)
    side = int(p.hidden * period + 0.5)
    result = x.copy()
    for top in range(-int(d["moved"][0] * period), x.shape[0], period):
        for left in range(-int(d["moved"][1] * period), x.shape[1], period):
            result[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)] = 0
    return result
