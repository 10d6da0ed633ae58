"""The median over a square. Source: Laugros 2022 (thesis 2022GRALT016).

OpenCV's medianBlur gives the same bytes, at every odd side from 3 to 15.
"""

import numpy as np
from scipy.ndimage import median_filter

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"step": np.array(rng.randint((p.high - p.low) // 2 + 1))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    side = p.low + 2 * int(d["step"])
    return np.stack([median_filter(x[..., c], side, mode="nearest") for c in range(3)], axis=-1)
