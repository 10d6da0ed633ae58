"""A mix of the image and its grey self. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    grey = (x @ np.array([0.299, 0.587, 0.114]))[..., None]
    return np.floor((1 - p.mix) * x + p.mix * grey + 0.5).astype(np.uint8)
