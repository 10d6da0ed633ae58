"""A soft polygon of other light. Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), illumination."""

import numpy as np
from scipy.ndimage import gaussian_filter

from .places import grid, rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"corner": rng.uniform(size=(5, 2)), "lit": np.array(rng.randint(0, 2))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    corner = np.floor(d["corner"] * x.shape[:2])
    y, z = grid(x)
    crossed = np.zeros(x.shape[:2], int)
    for (y0, x0), (y1, x1) in zip(corner, np.roll(corner, -1, axis=0), strict=True):
        there = (y0 > y) != (y1 > y)
        crossed += there & (z < x0 + (y - y0) * (x1 - x0) / (y1 - y0 if y1 != y0 else 1))
    share = gaussian_filter(crossed % 2 * 1.0, p.sigma, mode="nearest", truncate=3)[..., None]
    factor = np.float32(p.bright if d["lit"] == 1 else p.dark)
    return rounded((1 - share) * x + share * np.floor(np.minimum(x * factor, 255)))
