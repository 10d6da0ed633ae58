"""The quadrilateral between four moved corners fills the image.

Source: Buslaev et al. 2020 (albumentations 2.0.8), Perspective.
"""

import numpy as np
from scipy.stats import halfnorm

from .perspective import TOLERANCE, ordered, projection
from .places import grid, seen

__all__ = ["TOLERANCE", "apply", "draws"]


def draws(rng, x, p):
    return {"rank": rng.uniform(size=(4, 2))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    size = np.array([x.shape[1], x.shape[0]])
    moved = halfnorm.ppf(d["rank"]) * p.scale % p.most
    corner = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    a, b, c, e = after = ordered(np.where(corner == 1, 1 - moved, moved) * size)
    wide = max(2, int(max(np.hypot(*(a - b)), np.hypot(*(e - c)))))
    tall = max(2, int(max(np.hypot(*(b - c)), np.hypot(*(a - e)))))
    canvas = size**2 / (size if p.scale == 0 else np.array([wide, tall]))
    m = projection(corner * canvas, after)
    y, z = grid(x)
    u, v, depth = (row[0] * z + row[1] * y + row[2] for row in m)
    return seen(x, np.clip(v / depth, -1e6, 1e6), np.clip(u / depth, -1e6, 1e6))
