"""u (1 + c). Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"change": np.array(rng.uniform(-p.limit, p.limit))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return (np.clip(x * (1 + d["change"]), 0, 255)).astype(np.uint8)
