"""Fog of three plasmas, and haze that grows with the distance from a rectangle. Source: Beemelmanns et al. 2024
(arXiv:2402.11677).
"""

import numpy as np

from .fog import draws as plasma_draws
from .fog import plasma, side
from .scale import to_bytes, unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    plasmas = {name: plasma_draws(rng, x, p)["plasma"] for name in ("fog", "thinning", "scatter")}
    return {**plasmas, "farther": rng.uniform(size=x.shape[:2]) / 4}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    u = unit(x)
    rows, columns = (np.arange(length) % side(x) for length in (height, width))
    p1, p2, p3 = (plasma(d[name], p.decay)[rows][:, columns] for name in ("fog", "thinning", "scatter"))
    haze = (p1 * (1 - 0.8 * p2) * (1 + 0.5 * p3))[..., None]
    u = np.clip((u + p.strength * haze) * u.max() / (u.max() + p.strength), 0, 1)
    y, z = np.mgrid[:height, :width]
    down = np.maximum(0, np.maximum(y - int(height * 0.99), int(height * 0.65) - y))
    aside = np.maximum(0, np.maximum(z - int(width * 0.85), int(width * 0.1) - z))
    away = 2 * np.hypot(down, aside) * (1 + d["farther"]) + np.sqrt(max(height, width))
    t = np.exp(-p.thickness * away)[..., None]
    return to_bytes(u * t + p.air * (1 - t))
