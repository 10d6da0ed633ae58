"""A spot of light. Source: Buslaev et al. 2020 (albumentations 2.0.8)."""

import numpy as np

from .places import grid, rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"middle": rng.uniform(0.1, 0.9, 2), "sigma": np.array(rng.uniform(p.low, p.high))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    (y, z), size = grid(x), x.shape[:2]
    far = (y - size[0] * d["middle"][0]) ** 2 + (z - size[1] * d["middle"][1]) ** 2
    light = np.exp(-far / (2 * (max(size) * d["sigma"]) ** 2))
    return rounded(x * (1 + p.intensity * light)[..., None])
