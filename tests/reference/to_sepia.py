"""A mix of the channels. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32
MIX = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return rounded((1 - p.weight) * x + p.weight * np.minimum(x @ MIX.T, 255))
