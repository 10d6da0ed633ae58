"""The largest level of a square. Source: Haralick et al. 1987 (IEEE PAMI 9)."""

import numpy as np
from scipy.ndimage import grey_dilation

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    side = 2 * p.radius + 1
    return grey_dilation(x, size=(side, side, 1), mode="nearest")
