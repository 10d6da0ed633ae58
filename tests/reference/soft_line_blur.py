"""A mean along a line at any angle. Source: Lin et al. 2019 (KADID-10k, QoMEX), motion blur."""

import math

import numpy as np

from .tolerance import FLOAT32
from .turned_line_blur import correlated

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"angle": np.array(rng.uniform(0, 180))}


def weight(y: int, x: int, half: float, angle: float) -> float:
    """By the distance from the line, or from its nearer end where the pixel is as far from the middle as that."""
    along = abs(x * math.cos(angle) - y * math.sin(angle))
    away = abs(y * math.cos(angle) + x * math.sin(angle))
    distance = math.hypot(away, half - along) if math.hypot(y, x) >= half - 1e-12 else away
    return max(1 - distance, 0)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    half, angle = (max(p.length, 1) - 1) / 2, math.radians(float(d["angle"]))
    reach = range(-int(half) - 1, int(half) + 2)
    kernel = np.array([[weight(v, u, half, angle) for u in reach] for v in reach])
    return correlated(x, kernel / kernel.sum())
