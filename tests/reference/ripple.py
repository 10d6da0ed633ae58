"""Rows and columns moved by sines. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .seen_at import seen_at
from .tolerance import Tolerance

TOLERANCE = Tolerance(1, 0.02, "float32 places; where they are whole ones, a level is cut off to the byte below or not")


def draws(rng, x, p):
    return {"length": rng.uniform(0.1, 0.3, 2), "phase": rng.uniform(0, 2 * np.pi, 2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    side = min(x.shape[:2])
    rows, columns = np.mgrid[: x.shape[0], : x.shape[1]]
    v, u = (
        place + p.amplitude * side * np.sin(2 * np.pi * place / (length * side) + phase)
        for place, length, phase in zip((rows, columns), d["length"], d["phase"], strict=True)
    )
    return seen_at(x, v, u)
