"""The mean of each window. Source: Jung et al. 2020 (imgaug 0.4)."""

import numpy as np

from .pools import pooled
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.floor(pooled(x, p.side, lambda window: window.mean(0)) + 0.5).astype(np.uint8)
