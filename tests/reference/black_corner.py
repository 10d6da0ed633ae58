"""Black outside of a circle. Source: Di Salvo et al. 2024 (arXiv:2406.17536)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    if p.radius >= 1.5:
        return x.copy()
    radius = int(p.radius * (min(height, width) // 2))
    v, u = np.mgrid[:height, :width]
    inside = (v - height // 2) ** 2 + (u - width // 2) ** 2 <= radius**2
    return np.where(inside[..., None], x, 0).astype(np.uint8)
