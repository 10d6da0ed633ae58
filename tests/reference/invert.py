"""The image mixed with its negative. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return (np.floor((1 - p.weight) * x + p.weight * (255.0 - x) + 0.5)).astype(np.uint8)
