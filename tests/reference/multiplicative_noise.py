"""u times a factor a pixel. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"factor": rng.uniform(p.low, p.high, x.shape[:2])}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.clip(x * d["factor"].astype(float)[..., None], 0, 255).astype(np.uint8)
