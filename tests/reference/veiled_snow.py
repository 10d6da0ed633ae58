"""Snow, then a mix with grey, then a lower V of HSV. Source: Dong et al. 2023 (arXiv:2303.11040)."""

import numpy as np

from . import snow
from .places import rounded
from .snow import draws
from .tolerance import Tolerance
from .veiled_fog import veiled

__all__ = ["TOLERANCE", "apply", "draws"]

TOLERANCE = Tolerance(
    3,
    0.01,
    "snow in float32 moves a byte by a level, the brightest one of the image the V of many; no more than .1 % on the "
    "photographs",
)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    grey = veiled(snow.apply(x, p, d), p.veil).astype(float)
    top = grey.max(axis=2, keepdims=True)
    target = top + p.dusk * (np.floor(top / top.max() * 256 * p.peak + 1e-9) - top)
    return rounded(grey * target / np.maximum(top, 1))
