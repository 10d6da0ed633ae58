"""A rim of one level. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"value": rng.randint(256)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    rim = int(p.rim * min(height, width) + 0.5)
    out = np.full_like(x, d["value"])
    inside = slice(rim, max(rim, height - rim)), slice(rim, max(rim, width - rim))
    out[inside] = x[inside]
    return out
