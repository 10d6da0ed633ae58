"""A mix with five box filters, one after the other. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np
from scipy.ndimage import uniform_filter

from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    blurred = x.astype(float)
    for _ in range(5):
        blurred = uniform_filter(blurred, (3, 3, 1), mode="mirror")
    return np.floor((1 - p.weight) * x + p.weight * blurred + 0.5).astype(np.uint8)
