"""S of HSV multiplied. Source: Lin et al. 2019 (KADID-10k, QoMEX)."""

import numpy as np

from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    value = x.max(-1, keepdims=True).astype(float)
    saturation = np.divide(
        value - x, value, out=np.zeros(x.shape), where=value > 0
    )  # of each channel below the largest
    return np.floor(np.clip(value * (1 - p.factor * saturation), 0, 255) + 0.5).astype(np.uint8)
