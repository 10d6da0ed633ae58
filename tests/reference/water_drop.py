"""Waves around a point. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .seen_at import seen_at
from .tolerance import Tolerance

TOLERANCE = Tolerance(1, 0.02, "float32 places; where they are whole ones, a level is cut off to the byte below or not")


def draws(rng, x, p):
    return {
        "middle": rng.uniform(0.25, 0.75, 2),
        "length": rng.uniform(0.05, 0.2),
        "phase": rng.uniform(0, 2 * np.pi),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    side = min(x.shape[:2])
    rows, columns = np.mgrid[: x.shape[0], : x.shape[1]].astype(float)
    dy, dx = rows - d["middle"][0] * x.shape[0], columns - d["middle"][1] * x.shape[1]
    distance, length = np.hypot(dy, dx), d["length"] * side
    amount = p.amplitude * np.sin(distance / length * np.pi * 2 - d["phase"]) * length / np.maximum(distance, 1e-9)
    amount[distance > side // 2] = 0
    return seen_at(x, rows + amount * dy, columns + amount * dx)
