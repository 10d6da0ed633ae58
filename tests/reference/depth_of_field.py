"""Blur by the distance to the focus. Source: Kar et al. 2022 (arXiv:2203.01441)."""

import math

import numpy as np

from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def blurred(x: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian in a window of three sigmas, edges repeated; below a tenth of a pixel none."""
    sigma = min(sigma, max(x.shape[:2]) / 2)
    reach = int(3 * sigma) // 2
    out = x.astype(float)
    if sigma < 0.1 or not reach:
        return out
    line = np.array([math.exp(-((k / sigma) ** 2) / 2) for k in range(-reach, reach + 1)])
    for axis in (0, 1):
        padded = np.pad(out, [(reach, reach) if axis == k else (0, 0) for k in range(3)], "edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(line), axis)
        out = windows @ (line / line.sum())
    return out


def apply(x: np.ndarray, p, d) -> np.ndarray:
    depth = d["depth"].astype(float)
    borders = np.quantile(depth, np.arange(9) / 8)
    borders[0] -= 1e-4
    borders[-1] += 1e-4
    pictures = [blurred(x, p.aperture * abs(q - borders[p.focus]) / q if q > 0 else 0.0) for q in borders]
    out = np.empty(x.shape)
    for y, z in np.ndindex(depth.shape):
        right = max(1, int(np.searchsorted(borders, depth[y, z])))  # the first border that is not nearer
        left = right - 1
        share = (depth[y, z] - borders[left]) / (borders[right] - borders[left])
        weights = 1 - share**2, 1 - (1 - share) ** 2
        mixed = weights[0] * pictures[left][y, z] + weights[1] * pictures[right][y, z]
        out[y, z] = mixed / sum(weights)
    return (out + 1e-9).astype(np.uint8)
