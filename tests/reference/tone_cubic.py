"""The spline through five points, not-a-knot. Source: Lin et al. 2019 (KADID-10k, QoMEX)."""

import numpy as np
from scipy.interpolate import CubicSpline

from .scale import unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    curve = CubicSpline([0, 0.3, 0.5, 0.7, 1], [0, 1 - p.upper, 0.5, p.upper, 1], bc_type="not-a-knot")
    return np.floor(np.clip(curve(unit(x)), 0, 1) * 255 + 0.5).astype(np.uint8)
