"""Resized between the four nearest pixels, and back. Source: Chen et al. 2024 (RobustSAM, CVPR), resampling blur."""

import numpy as np

from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def resized(x: np.ndarray, height: int, width: int) -> np.ndarray:
    v = np.clip((np.arange(height) + 0.5) * x.shape[0] / height - 0.5, 0, x.shape[0] - 1)
    u = np.clip((np.arange(width) + 0.5) * x.shape[1] / width - 0.5, 0, x.shape[1] - 1)
    y, z = np.floor(v).astype(int), np.floor(u).astype(int)
    below, beside = np.minimum(y + 1, x.shape[0] - 1), np.minimum(z + 1, x.shape[1] - 1)
    fy, fx, f = (v - y)[:, None, None], (u - z)[:, None], x.astype(float)
    upper = (1 - fx) * f[y][:, z] + fx * f[y][:, beside]
    lower = (1 - fx) * f[below][:, z] + fx * f[below][:, beside]
    return rounded((1 - fy) * upper + fy * lower)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    small = resized(x, max(1, int(x.shape[0] / p.divisor)), max(1, int(x.shape[1] / p.divisor)))
    return resized(small, *x.shape[:2])
