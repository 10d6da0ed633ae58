"""Each channel correlated with a smoothed disk, borders reflected without repeating the edge.

Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261).
"""

import numpy as np
from scipy.ndimage import correlate, correlate1d

from .scale import to_bytes, unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def kernel(p) -> np.ndarray:
    """The disk on its integer grid, summing to 1 in float32, smoothed on that grid with its border reflected
    (reflect-101).
    """
    reach, taps = (8, 1) if p.radius <= 8 else (int(p.radius), 2)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disk = (x**2 + y**2 <= p.radius**2).astype(np.float32)
    disk /= disk.sum()
    line = np.exp(-(np.arange(-taps, taps + 1) ** 2) / (2 * p.alias_sigma**2))
    line /= line.sum()
    for axis in (0, 1):
        disk = correlate1d(disk.astype(np.float64), line, axis=axis, mode="mirror")
    return disk


def apply(x: np.ndarray, p, d) -> np.ndarray:
    k, r = kernel(p), len(kernel(p)) // 2
    u = unit(x)
    out = np.empty_like(u)
    # A side of one pixel has nothing to reflect: it is repeated, as numpy's pad does not do by itself.
    padded = np.pad(
        u, [(r, r) if x.shape[0] > 1 else (0, 0), (r, r) if x.shape[1] > 1 else (0, 0), (0, 0)], mode="reflect"
    )
    padded = np.pad(
        padded, [(0, 0) if x.shape[0] > 1 else (r, r), (0, 0) if x.shape[1] > 1 else (r, r), (0, 0)], mode="edge"
    )
    for c in range(3):
        out[..., c] = correlate(padded[..., c], k, mode="constant")[r : r + x.shape[0], r : r + x.shape[1]]
    return to_bytes(out)
