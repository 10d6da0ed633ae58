"""A parabola through three points. Source: Lin et al. 2019 (KADID-10k, QoMEX)."""

import numpy as np

from .scale import unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    curve = np.polynomial.Polynomial.fit([0, 0.5, 1], [0, p.middle, 1], 2)
    return np.floor(np.clip(curve(unit(x)), 0, 1) * 255 + 0.5).astype(np.uint8)
