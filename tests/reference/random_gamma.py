"""u^gamma. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import Tolerance

TOLERANCE = Tolerance(1, 0.001, "the last bit of a power differs between the C library and NumPy")


def draws(rng, x, p):
    return {"gamma": np.array(rng.uniform(p.low, p.high))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return ((x / 255) ** float(d["gamma"]) * 255).astype(np.uint8)
