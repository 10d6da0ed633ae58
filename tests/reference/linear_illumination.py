"""Light that rises across the image. Source: Buslaev et al. 2020 (albumentations 2.0.8)."""

import numpy as np

from .places import grid, rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"direction": np.array(rng.randint(360))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    y, z = grid(x)
    along = np.sin(np.radians(d["direction"])) * y + np.cos(np.radians(d["direction"])) * z
    along -= along.min()
    if along.max() == 0:
        return x
    return rounded(x * (1 - p.intensity + 2 * p.intensity * along / along.max())[..., None])
