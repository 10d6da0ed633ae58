"""Slanted grey lines, a box blur, and a value taken from all. Source: Chen et al. 2021 (arXiv:2111.00880), rain."""

from types import SimpleNamespace

import numpy as np

from . import random_rain
from .random_rain import draws
from .tolerance import FLOAT32

__all__ = ["TOLERANCE", "apply", "draws"]

TOLERANCE = FLOAT32


def apply(x: np.ndarray, p, d) -> np.ndarray:
    rain = SimpleNamespace(**p._asdict(), factor=1.0)
    return np.clip(random_rain.wet(x, rain, d) + 255 * p.added, 0, 255).astype(np.uint8)
