"""u + u N(0, sigma^2) for every element. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

import numpy as np

from .scale import to_bytes, unit
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"noise": rng.normal(size=x.shape, scale=p.sigma)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return to_bytes(unit(x) + unit(x) * d["noise"])
