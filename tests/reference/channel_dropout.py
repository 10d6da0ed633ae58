"""One channel away. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"channel": np.array(rng.randint(3))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return (np.where(np.arange(3) == d["channel"], p.kept * x, x)).astype(np.uint8)
