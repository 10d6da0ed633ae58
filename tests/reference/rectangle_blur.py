"""A mean over rows and columns. Source: Buslaev et al. 2020 (albumentations 2.0.8), MotionBlur."""

import numpy as np

from .blur import mean
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def along(side: int) -> dict[int, int]:
    """The weights of a side; of an even one the outermost count half."""
    return {k: 1 if 2 * abs(k) == side else 2 for k in range(-(side // 2), side // 2 + 1)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    rows, columns = along(p.rows), along(p.columns)
    return mean(x, {(i, j): rows[i] * columns[j] for i in rows for j in columns})
