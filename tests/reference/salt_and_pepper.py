"""Black and white pixels. Source: Buslaev et al. 2020 (albumentations 2.0.8), SaltAndPepper."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"luck": rng.uniform(size=x.shape[:2])}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    out = x.copy()
    out[d["luck"] < np.float32(p.amount)] = 255
    out[d["luck"] < np.float32(p.amount) / 2] = 0
    return out
