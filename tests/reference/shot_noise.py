"""Poisson(u c) / c for every element. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

import numpy as np

from .scale import to_bytes, unit
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"counts": rng.poisson(unit(x) * p.photons)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return to_bytes(d["counts"] / float(p.photons))
