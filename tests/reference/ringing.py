"""The low-pass filter whose frequencies fill a disk. Source: Wang et al. 2021 (arXiv:2107.10833)."""

import numpy as np
from scipy.ndimage import correlate
from scipy.special import j1

from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    y, z = np.mgrid[-p.radius : p.radius + 1, -p.radius : p.radius + 1].astype(float)
    r = np.hypot(y, z)
    r[r == 0] = 1e-9
    kernel = p.cutoff * j1(p.cutoff * r) / (2 * np.pi * r)
    kernel *= p.weight / kernel.sum()
    kernel[p.radius, p.radius] += 1 - p.weight
    return rounded(np.stack([correlate(x[..., c].astype(float), kernel, mode="nearest") for c in range(3)], axis=-1))
