"""A value added to each channel. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"shift": rng.uniform(-p.limit, p.limit, 3)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return (np.clip(x + d["shift"], 0, 255)).astype(np.uint8)
