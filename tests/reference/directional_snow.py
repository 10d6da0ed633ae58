"""snow in a given direction. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

import numpy as np

from . import snow
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"layer": rng.normal(size=x.shape[:2], loc=p.mean, scale=p.std)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return snow.apply(x, p, {"layer": d["layer"], "angle": p.angle})
