"""Each channel equalised as OpenCV does it. Source: Cubuk et al. 2019 (arXiv:1805.09501)."""

import numpy as np

from .spatter import equalized
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    flat = np.stack([equalized(x[..., c]) for c in range(3)], axis=-1).astype(float)
    return np.floor(x + p.weight * (flat - x) + 0.5).astype(np.uint8)
