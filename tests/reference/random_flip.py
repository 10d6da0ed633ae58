"""A mirror on one axis or both. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"axes": rng.randint(3)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.flip(x, axis=[(1,), (0,), (0, 1)][int(d["axes"])]).copy()
