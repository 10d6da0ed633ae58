"""A logarithm. Source: Jung et al. 2020 (imgaug 0.4)."""

import numpy as np

from .tolerance import Tolerance

TOLERANCE = Tolerance(1, 0.02, "the last bit of a logarithm differs between the C library and NumPy; white is whole")


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.clip(255 * p.gain * np.log2(1 + x / 255), 0, 255).astype(np.uint8)
