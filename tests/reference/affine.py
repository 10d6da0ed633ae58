"""The image moved, turned, scaled and slanted. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261).

The matrix is that of torchvision 0.2, the sampling Pillow's: test_imagenet_p.py holds this to Pillow itself.
"""

import numpy as np

from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def inverse_matrix(x: np.ndarray, p) -> np.ndarray:
    """(2, 3), from an output place to an input place, (x, y) counted from the image's corner."""
    angle, shear = np.radians(p.angle), np.radians(p.shear)
    forward = p.scale * np.array([[np.cos(angle), -np.sin(angle + shear)], [np.sin(angle), np.cos(angle + shear)]])
    inverse = np.linalg.inv(forward)
    pivot = np.array([x.shape[1] / 2 + 0.5, x.shape[0] / 2 + 0.5])
    moved = pivot + np.array([p.shift, 0])
    return np.column_stack([inverse, pivot - inverse @ moved])


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    rows, columns = np.mgrid[:height, :width] + 0.5
    u, v = np.tensordot(inverse_matrix(x, p), np.stack([columns, rows, np.ones_like(rows)]), 1)
    seen = (u >= 0) & (u < width) & (v >= 0) & (v < height)
    u, v = np.where(seen, u, 0), np.where(seen, v, 0)
    if not p.smooth:
        return np.where(seen[..., None], x[v.astype(int), u.astype(int)], 0)
    top, left = np.floor(v - 0.5).astype(int), np.floor(u - 0.5).astype(int)
    fy, fx = (v - 0.5 - top)[..., None], (u - 0.5 - left)[..., None]
    beside = np.pad(x.astype(float), ((1, 1), (1, 1), (0, 0)), mode="edge")[1:, 1:]
    y0, x0 = np.maximum(top, 0), np.maximum(left, 0)  # beyond the first row and column is the same again
    fy, fx = np.where((top < 0)[..., None], 0, fy), np.where((left < 0)[..., None], 0, fx)
    upper = beside[y0, x0] + (beside[y0, x0 + 1] - beside[y0, x0]) * fx
    lower = beside[y0 + 1, x0] + (beside[y0 + 1, x0 + 1] - beside[y0 + 1, x0]) * fx
    return np.where(seen[..., None], upper + (lower - upper) * fy, 0).astype(np.uint8)
