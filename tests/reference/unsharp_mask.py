"""The image and its difference to its blurred self. Source: Buslaev et al. 2020 (albumentations 2.0.8)."""

import numpy as np
from scipy.ndimage import gaussian_filter

from .places import rounded
from .tolerance import Tolerance

TOLERANCE = Tolerance(1, 0.01, "float32 sums, raised up to six times, against float64 before rounding")


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    u = x.astype(float)
    blurred = np.stack([gaussian_filter(u[..., c], p.sigma, mode="mirror") for c in range(3)], axis=-1)
    return rounded(u + p.amount * (u - blurred))
