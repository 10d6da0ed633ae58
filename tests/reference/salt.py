"""Hit elements become white. Source: Jung et al. 2020 (imgaug 0.4)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"hit": rng.choice([True, False], size=x.shape, p=[p.amount, 1 - p.amount])}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.where(d["hit"], 255, x).astype(np.uint8)
