"""A square of one level at a random place. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"corner": rng.uniform(size=2), "value": rng.randint(256)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    side = int(p.side * min(height, width) + 0.5)
    top, left = int(d["corner"][0] * (height - side + 1)), int(d["corner"][1] * (width - side + 1))
    out = x.copy()
    out[top : top + side, left : left + side] = d["value"]
    return out
