"""A page that is not flat. Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), warping."""

import math

import numpy as np
from scipy.ndimage import gaussian_filter

from .black_beyond import looked_up
from .places import SAMPLED, grid

TOLERANCE = SAMPLED


def draws(rng, x, p):
    return {"field": rng.uniform(-1, 1, (2, *x.shape[:2]))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    side = math.isqrt(x.shape[0] * x.shape[1])
    dx, dy = (gaussian_filter(f.astype(float), p.sigma * side, mode="mirror", truncate=1.3) for f in d["field"])
    y, z = grid(x)
    return looked_up(x, y + p.alpha * side * dy, z + p.alpha * side * dx)
