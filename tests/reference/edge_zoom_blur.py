"""Mean of the image and its zooms, edges on edges. Source: Buslaev et al. 2020 (albumentations 2.0.8), ZoomBlur."""

import math

import numpy as np

from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def zoomed(u: np.ndarray, axis: int, factor: float) -> np.ndarray:
    """One axis: the middle of the line resized, then its middle."""
    length = u.shape[axis]
    crop = min(math.ceil(length / factor), length)
    start = (length - crop) // 2
    line = np.moveaxis(u, axis, 0)[start : start + crop]
    size = max(int(crop * factor), length)
    out = []
    for i in range(size):
        place = min(max((i + 0.5) * crop / size - 0.5, 0), crop - 1)
        low = math.floor(place)
        out.append((1 - (place - low)) * line[low] + (place - low) * line[min(low + 1, crop - 1)])
    trim = (size - length) // 2
    return np.moveaxis(np.array(out[trim : trim + length]), 0, axis)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    factors = np.arange(p.start, p.stop, p.step)
    total = x.astype(float)
    for factor in factors:
        total = total + zoomed(zoomed(x.astype(float), 0, factor), 1, factor)
    return rounded(total / (len(factors) + 1))
