"""Edges in white on black. Source: Mu and Gilmer 2019 (arXiv:1906.02337)."""

import numpy as np
from scipy.ndimage import gaussian_filter

from .canny import edges
from .tolerance import Tolerance

TOLERANCE = Tolerance(
    0, 0.02, "the blur is cut off to bytes: where float32 decides a byte, an edge may move", crossings=0.02
)


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    grey = ((x.astype(int) @ [19595, 38470, 7471] + 0x8000) >> 16).astype(np.uint8)
    soft = gaussian_filter(grey / 255.0, p.sigma, mode="nearest", truncate=4)
    found = edges((soft * 255).astype(np.uint8), p.low, p.high)
    return np.repeat(np.where(found, 255, 0)[..., None], 3, axis=2).astype(np.uint8)
