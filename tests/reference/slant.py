"""Columns leant over. Source: Mu and Gilmer 2019 (arXiv:1906.02337)."""

import numpy as np

from .black_beyond import from_the_middle, looked_up
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"way": rng.randint(2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    angle = np.radians(p.angle if d["way"] else -p.angle)
    dy, dx = from_the_middle(x)
    return looked_up(x, np.cos(angle) * dy + (x.shape[0] - 1) / 2, dx + (x.shape[1] - 1) / 2 - np.sin(angle) * dy)
