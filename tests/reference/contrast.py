"""(u - mean) c + mean with the mean of each channel. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

import numpy as np

from .scale import to_bytes, unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng: np.random.RandomState, x: np.ndarray, p) -> dict[str, np.ndarray]:
    return {}


def apply(x: np.ndarray, p, d: dict) -> np.ndarray:
    u = unit(x)
    mean = u.mean(axis=(0, 1), keepdims=True)
    return to_bytes((u - mean) * p.factor + mean)
