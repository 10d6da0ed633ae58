"""The mean of an image and its zooms. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

from types import SimpleNamespace

import numpy as np

from . import affine
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    total = np.zeros(x.shape, int)
    for k in range(p.zooms + 1):
        zoom = SimpleNamespace(angle=0, shift=0, scale=1 + p.step * k, shear=0, smooth=1)
        total += affine.apply(x, zoom, {})
    return (total // (p.zooms + 1)).astype(np.uint8)
