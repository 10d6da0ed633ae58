"""A black rim. Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Border)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    rim = int(p.rim * min(x.shape[:2]) + 0.5)
    out = np.zeros_like(x)
    kept = slice(rim, x.shape[0] - rim), slice(rim, x.shape[1] - rim)
    out[kept] = x[kept]
    return out
