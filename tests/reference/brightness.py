"""V + c in HSV, clipped. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

import numpy as np

from .hsv import to_hsv, to_rgb
from .scale import to_bytes, unit
from .tolerance import Tolerance

TOLERANCE = Tolerance(
    1,
    0.01,
    "where V + added is a whole level, the rounding noise of HSV in float64 decides between it and the one below",
)


def draws(rng: np.random.RandomState, x: np.ndarray, p) -> dict[str, np.ndarray]:
    return {}


def apply(x: np.ndarray, p, d: dict) -> np.ndarray:
    hue, saturation, value = to_hsv(unit(x))
    return to_bytes(to_rgb(hue, saturation, np.clip(value + p.added, 0, 1)))
