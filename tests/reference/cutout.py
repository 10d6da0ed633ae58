"""A black square around a pixel. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"middle": rng.uniform(size=2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    side = int(p.side * min(x.shape[:2]) + 0.5)
    top, left = (int(share * length) - side // 2 for share, length in zip(d["middle"], x.shape, strict=False))
    out = x.copy()
    out[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)] = 0
    return out
