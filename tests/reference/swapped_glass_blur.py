"""A Gaussian in a window, passes of swaps that all see the same image, and the Gaussian again.

Source: Buslaev et al. 2020 (albumentations 2.0.8), GlassBlur.
"""

from types import SimpleNamespace

import numpy as np

from . import windowed_blur
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {
        name: rng.randint(-p.delta, p.delta, size=(p.passes * x.shape[0], x.shape[1])) for name in ("down", "aside")
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    window = SimpleNamespace(side=p.side, sigma=p.sigma)
    g = windowed_blur.apply(x, window, {})
    height, width = x.shape[:2]
    for step in range(p.passes):
        before = g.copy()
        # In the library's order, from the lower right upwards, column by column.
        order = [(h, w) for w in range(width - p.delta, p.delta, -1) for h in range(height - p.delta, p.delta, -1)]
        for h, w in order:
            dy, dx = (int(d[name][step * height + h, w]) for name in ("down", "aside"))
            g[h, w] = before[h + dy, w + dx]
        for h, w in order:
            dy, dx = (int(d[name][step * height + h, w]) for name in ("down", "aside"))
            g[h + dy, w + dx] = before[h, w]
    return windowed_blur.apply(g, window, {})
