"""The image moved by whole pixels along both axes. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"way": rng.randint(2, size=2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    shift = int(p.shift * min(height, width) + 0.5)
    down, aside = (shift if way else -shift for way in d["way"])
    out = np.zeros_like(x)
    for y in range(height):
        for u in range(width):
            if 0 <= y - down < height and 0 <= u - aside < width:
                out[y, u] = x[y - down, u - aside]
    return out
