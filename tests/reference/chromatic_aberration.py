"""Red and blue bent apart from green. Source: Secci and Ceccarelli 2020 (arXiv:2008.05938)."""

import numpy as np

from .places import SAMPLED, grid, rounded

TOLERANCE = SAMPLED


def draws(rng, x, p):
    return {"primary": rng.uniform(-1, 1, 2), "secondary": rng.uniform(-1, 1, 2)}


def clamped(x: np.ndarray, v: np.ndarray, u: np.ndarray) -> np.ndarray:
    """x (H, W) at rows v and columns u, bilinear, edges repeated."""
    height, width = x.shape
    top, left = np.floor(v), np.floor(u)
    rows = [np.clip(top + k, 0, height - 1).astype(int) for k in (0, 1)]
    columns = [np.clip(left + k, 0, width - 1).astype(int) for k in (0, 1)]
    a, b, c, d = (x[row, column].astype(float) for row in rows for column in columns)
    fy, fx = v - top, u - left
    return rounded((1 - fy) * ((1 - fx) * a + fx * b) + fy * ((1 - fx) * c + fx * d))


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    y, z = grid(x)
    dy, dx = y - height / 2, z - width / 2
    square = (dy / height) ** 2 + (dx / width) ** 2
    sign = -1 if d["primary"][0] < 0 else 1
    result = x.copy()
    for k, channel in enumerate((0, 2)):
        first, second = abs(p.primary * d["primary"][k]), abs(p.secondary * d["secondary"][k])
        gain = 1 + sign * (first * square + second * square**2)
        result[..., channel] = clamped(x[..., channel], height / 2 + dy * gain, width / 2 + dx * gain)
    return result
