"""Small black squares. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"count": np.array(rng.randint(p.low, p.high + 1)), "corner": rng.uniform(size=(max(p.high, 1), 2))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    side = max(1, int(p.side * min(x.shape[:2]) + 0.5))
    out = x.copy()
    for down, aside in d["corner"][: int(d["count"])]:
        top, left = int(down * (x.shape[0] - side + 1)), int(aside * (x.shape[1] - side + 1))
        out[top : top + side, left : left + side] = 0
    return out
