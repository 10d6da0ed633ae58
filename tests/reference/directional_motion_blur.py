"""A motion blur in a given direction. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

import numpy as np

from .motion import motion_blurred
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return motion_blurred(x, p.radius, p.sigma, p.angle)
