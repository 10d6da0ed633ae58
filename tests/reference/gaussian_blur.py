"""Gaussian per channel on 0..1, cut off at int(4 sigma + .5), edges repeated. Source: Hendrycks and Dietterich 2019
(arXiv:1903.12261).
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from .scale import to_bytes, unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def smooth(u: np.ndarray, sigma: float) -> np.ndarray:
    """A (H, W, C) image on 0..1, each channel by itself."""
    return gaussian_filter(u, (sigma, sigma, 0), mode="nearest", truncate=4.0)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return to_bytes(smooth(unit(x), p.sigma))
