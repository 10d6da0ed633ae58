"""The image moved by shares of its sides. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .places import SAMPLED, grid, seen

TOLERANCE = SAMPLED


def draws(rng, x, p):
    return {"shift": rng.uniform(-p.limit, p.limit, 2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    y, z = grid(x)
    return seen(x, y - d["shift"][0] * x.shape[0], z - d["shift"][1] * x.shape[1])
