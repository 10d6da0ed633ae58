"""Snow, then a mix with grey, then a lower V of HSV. Source: Dong et al. 2023 (arXiv:2303.11040)."""

import numpy as np

from . import snow
from .places import rounded
from .snow import draws
from .tolerance import Tolerance
from .veiled_fog import veiled

__all__ = ["TOLERANCE", "apply", "dimmed", "draws"]

TOLERANCE = Tolerance(
    3,
    0.01,
    "snow in float32 moves a byte by a level, the brightest one of the image the V of many; no more than .1 % on the "
    "photographs",
)


def dimmed(grey: np.ndarray, p) -> np.ndarray:
    """V of HSV scaled so that the brightest becomes a share of 256, in whole levels."""
    top = grey.max(axis=2, keepdims=True).astype(float)
    target = top + p.dusk * (np.floor(top / max(top.max(), 1) * 256 * p.peak + 1e-9) - top)
    return rounded(grey * target / np.maximum(top, 1))


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return dimmed(veiled(snow.apply(x, p, d), p.veil), p)
