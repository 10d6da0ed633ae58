"""Gaussian, then passes of a raster-order shuffle from the lower right, then the Gaussian again.

Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261).
"""

import numpy as np

from .gaussian_blur import smooth
from .scale import to_bytes, unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def window(height, width, delta):
    """The pixels that take part, in the order of the script."""
    return [(h, w) for h in range(height - delta, delta, -1) for w in range(width - delta, delta, -1)]


def draws(rng, x, p):
    height, width, _ = x.shape
    offsets = np.zeros((p.passes, height, width, 2), int)
    for step in range(p.passes):
        for h, w in window(height, width, p.delta):
            offsets[step, h, w] = rng.randint(-p.delta, p.delta, size=2)
    return {"offsets": offsets}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    g = to_bytes(smooth(unit(x), p.sigma))
    for step in range(p.passes):
        for h, w in window(*x.shape[:2], p.delta):
            dx, dy = d["offsets"][step, h, w]
            g[h, w] = g[h + dy, w + dx]
    return to_bytes(smooth(unit(g), p.sigma))
