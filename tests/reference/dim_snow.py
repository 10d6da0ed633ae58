"""ImageNet-C's snow over an image with less light. Source: Beemelmanns et al. 2024 (arXiv:2402.11677)."""

import numpy as np

from .motion import motion_blurred
from .scale import to_bytes, unit
from .snow import draws
from .tolerance import FLOAT32
from .zooming import zoomed

__all__ = ["TOLERANCE", "apply", "draws"]

TOLERANCE = FLOAT32


def apply(x: np.ndarray, p, d) -> np.ndarray:
    layer = zoomed(d["layer"].astype(np.float64), p.zoom)
    layer[layer < p.threshold] = 0
    layer = unit(motion_blurred(to_bytes(layer), p.radius, p.sigma, float(d["angle"])))[..., None]
    u = unit(x)
    grey = (u @ np.array([0.299, 0.587, 0.114]))[..., None]
    u = p.mix * u + (1 - p.mix) * np.maximum(u, grey * 1.5 + 0.5)
    return to_bytes(p.light * u + layer + layer[::-1, ::-1])
