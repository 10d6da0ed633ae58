"""Hit elements become 1 (salt) or 0. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

import numpy as np

from .scale import to_bytes, unit
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    hit = rng.choice([True, False], size=x.shape, p=[p.amount, 1 - p.amount])
    return {"hit": hit, "salt": rng.choice([True, False], size=x.shape, p=[0.5, 0.5])}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return to_bytes(np.where(d["hit"], d["salt"] * 1.0, unit(x)))
