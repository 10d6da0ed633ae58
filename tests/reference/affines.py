"""The image made smaller about its middle. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .places import SAMPLED, grid, seen

TOLERANCE = SAMPLED


def draws(rng, x, p):
    return {"scale": np.array(rng.uniform(p.low, p.high))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    (y, z), (cy, cx) = grid(x), ((length - 1) / 2 for length in x.shape[:2])
    return seen(x, cy + (y - cy) / d["scale"], cx + (z - cx) / d["scale"])
