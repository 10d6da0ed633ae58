"""The upper bits. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return (x // 2 ** (8 - p.bits) * 2 ** (8 - p.bits)).astype(np.uint8)
