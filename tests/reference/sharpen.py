"""The image and its edges, by a filter of three by three. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np
from scipy.ndimage import correlate

from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {
        "alpha": np.array(rng.uniform(p.alpha_low, p.alpha_high)),
        "lightness": np.array(rng.uniform(p.lightness_low, p.lightness_high)),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    kernel = -np.ones((3, 3))
    kernel[1, 1] = 8 + d["lightness"]
    kernel = d["alpha"] * kernel
    kernel[1, 1] += 1 - d["alpha"]
    return rounded(np.stack([correlate(x[..., c].astype(float), kernel, mode="mirror") for c in range(3)], axis=-1))
