"""Whitened image, a layer of motion-blurred flakes, and that layer turned by 180 degrees.

Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261).
"""

import numpy as np

from .motion import motion_blurred
from .scale import to_bytes, unit
from .tolerance import FLOAT32
from .zooming import zoomed

TOLERANCE = FLOAT32


def draws(rng, x, p):
    layer = rng.normal(size=x.shape[:2], loc=p.mean, scale=p.std)
    return {"layer": layer, "angle": np.array(rng.uniform(-135, -45))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    layer = zoomed(d["layer"].astype(np.float64), p.zoom)
    layer[layer < p.threshold] = 0
    layer = unit(motion_blurred(to_bytes(layer), p.radius, p.sigma, float(d["angle"])))[..., None]
    u = unit(x)
    grey = (u @ np.array([0.299, 0.587, 0.114]))[..., None]
    u = p.mix * u + (1 - p.mix) * np.maximum(u, grey * 1.5 + 0.5)
    return to_bytes(u + layer + layer[::-1, ::-1])
