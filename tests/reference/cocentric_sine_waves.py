"""Rings around a point. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .tolerance import Tolerance

TOLERANCE = Tolerance(
    1,
    0.02,
    "float32 places in rings that may be a fraction of a pixel wide; each ends in a leap",
    crossings=0.01,
)


def draws(rng, x, p):
    return {
        "middle": rng.uniform(size=2),
        "swings": rng.uniform(0, 10),
        "swing": rng.uniform(0, 0.1),
        "ring": rng.uniform(0, 0.1),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    side = min(height, width)
    rows, columns = np.mgrid[:height, :width]
    dy, dx = rows - d["middle"][0] * height, columns - d["middle"][1] * width
    ring = max(d["ring"] * side, 1e-3)
    distance = np.hypot(dx, dy) + np.sin(np.arctan2(dx, dy) * d["swings"]) * d["swing"] * side
    return np.clip(x + p.intensity * (distance % ring / ring - 0.5)[..., None], 0, 255).astype(np.uint8)
