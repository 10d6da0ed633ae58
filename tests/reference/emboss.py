"""The image and its slope, by a filter of three by three. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np
from scipy.ndimage import correlate

from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"strength": np.array(rng.uniform(p.strength_low, p.strength_high))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    s = float(d["strength"])
    kernel = p.alpha * np.array([[-1 - s, -s, 0], [-s, 1, s], [0, s, 1 + s]])
    kernel[1, 1] += 1 - p.alpha
    return rounded(np.stack([correlate(x[..., c].astype(float), kernel, mode="mirror") for c in range(3)], axis=-1))
