"""A black square at the centre. Source: Chun et al. 2020 (arXiv:2003.03879)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    side = int(p.side * min(height, width) + 0.5)
    top, left = (height - side) // 2, (width - side) // 2
    out = x.copy()
    out[top : top + side, left : left + side] = 0
    return out
