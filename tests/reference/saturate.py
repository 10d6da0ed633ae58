"""S * m + a in HSV, clipped. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

import numpy as np

from .hsv import to_hsv, to_rgb
from .scale import to_bytes, unit
from .tolerance import Tolerance

TOLERANCE = Tolerance(
    1,
    1.0,
    "the largest channel keeps its value exactly, so rounding noise decides; float64 forms differ among themselves on "
    "4 to 6 %",
)


def draws(rng: np.random.RandomState, x: np.ndarray, p) -> dict[str, np.ndarray]:
    return {}


def apply(x: np.ndarray, p, d: dict) -> np.ndarray:
    hue, saturation, value = to_hsv(unit(x))
    return to_bytes(to_rgb(hue, np.clip(saturation * p.multiply + p.add, 0, 1), value))
