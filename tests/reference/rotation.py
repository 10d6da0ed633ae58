"""The image turned about its centre. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .black_beyond import from_the_middle, looked_up
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"way": rng.randint(2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    angle = np.radians(p.angle if d["way"] else -p.angle)
    dy, dx = from_the_middle(x)
    v = np.cos(angle) * dy - np.sin(angle) * dx + (x.shape[0] - 1) / 2
    u = np.sin(angle) * dy + np.cos(angle) * dx + (x.shape[1] - 1) / 2
    return looked_up(x, v, u)
