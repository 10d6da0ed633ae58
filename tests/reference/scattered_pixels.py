"""Every pixel from a place nearby. Source: Chen et al. 2024 (RobustSAM, CVPR), frosted glass blur."""

import math

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {name: rng.randint(-math.ceil(p.reach), math.ceil(p.reach) + 1, x.shape[:2]) for name in ("down", "aside")}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    out = x.copy()
    for y in range(x.shape[0]):
        for z in range(x.shape[1]):
            v = min(max(y + int(d["down"][y, z]), 0), x.shape[0] - 1)
            u = min(max(z + int(d["aside"][y, z]), 0), x.shape[1] - 1)
            out[y, z] = x[v, u]
    return out
