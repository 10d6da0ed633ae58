"""Light that falls from a corner. Source: Buslaev et al. 2020 (albumentations 2.0.8)."""

import numpy as np

from .places import grid, rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"corner": rng.randint(2, size=2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    (y, z), (height, width) = grid(x), x.shape[:2]
    low, right = d["corner"]
    far = np.hypot(y - low * (height - 1), z - right * (width - 1)) / np.hypot(height, width)
    return rounded(x * (1 - p.intensity * far)[..., None])
