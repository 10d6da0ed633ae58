"""Pillow's ImageOps.autocontrast. Source: Cubuk et al. 2019 (arXiv:1805.09501)."""

import numpy as np
from PIL import Image, ImageOps

from .tolerance import Tolerance

TOLERANCE = Tolerance(
    1, 0.02, "where the stretch is a fraction such as 5/4, every fourth level is whole, and float64 or float32 decides"
)


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    stretched = np.asarray(ImageOps.autocontrast(Image.fromarray(x))).astype(float)
    return np.floor(x + p.weight * (stretched - x) + 0.5).astype(np.uint8)
