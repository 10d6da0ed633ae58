"""A dotted line. Source: Mu and Gilmer 2019 (arXiv:1906.02337)."""

import numpy as np

from .strokes import added, straight
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"ends": rng.randint(0, 27, 2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    line = straight(x.shape, 0, d["ends"][0], 27, d["ends"][1])
    column = np.arange(x.shape[1]) * 28 // x.shape[1]
    for begin in range(0, 28, 4):
        line[:, (column >= begin) & (column < begin + 2)] = 0
    return added(x, line, p.strength)
