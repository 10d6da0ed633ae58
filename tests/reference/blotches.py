"""Rough black and white blotches. Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), speckle."""

import numpy as np
from scipy.ndimage import gaussian_filter

from .places import grid
from .tolerance import Tolerance

TOLERANCE = Tolerance(0, 0.002, "float32 where a blotch begins", crossings=0.002)


def draws(rng, x, p):
    count = max(1, int(p.density * x.shape[0] * x.shape[1]))
    return {"middle": rng.uniform(size=(2, count, 2)), "noise": rng.uniform(size=(2, *x.shape[:2]))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    y, z = grid(x)
    spread = 4 * 12**-0.5 / (2 * np.pi**0.5 * p.sigma)
    out = x.copy()
    for level, middles, noise in zip((255, 0), d["middle"], d["noise"], strict=True):
        disk = np.zeros(x.shape[:2])
        for v, u in np.floor(middles[: max(p.density > 0, int(p.density * x.shape[0] * x.shape[1]))] * x.shape[:2]):
            disk[(y - v) ** 2 + (z - u) ** 2 < p.radius**2] = 1
        disk, smooth = (gaussian_filter(f.astype(float), p.sigma, mode="reflect", truncate=4) for f in (disk, noise))
        out[disk * (smooth - 0.5 + spread) / (2 * spread) > 0.5] = level
    return out
