"""Contrast about middle grey. Source: Chen et al. 2024 (RobustSAM, CVPR), contrast."""

import numpy as np

from .random_gain import draws
from .tolerance import EXACT

__all__ = ["TOLERANCE", "apply", "draws"]

TOLERANCE = EXACT


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.clip((x - 128.0) * float(d["factor"]) + 128, 0, 255).astype(np.uint8)
