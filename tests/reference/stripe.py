"""The negative beside a stripe. Source: Mu and Gilmer 2019 (arXiv:1906.02337)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    width = x.shape[1]
    beside = np.abs(np.arange(width) + 0.5 - width / 2) > p.width * width / 2
    return np.where(beside[:, None], 255 - x, x)
