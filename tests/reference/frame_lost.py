"""A black image with a probability. Source: Xie et al. 2023 (arXiv:2304.06719)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"luck": np.array(rng.uniform())}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.zeros_like(x) if d["luck"] < p.probability else x.copy()
