"""Rows moved aside in proportion to their distance from the middle. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .black_beyond import from_the_middle, looked_up
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"way": rng.randint(2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    slope = p.slope if d["way"] else -p.slope
    dy, dx = from_the_middle(x)
    return looked_up(x, dy + (x.shape[0] - 1) / 2, dx + (x.shape[1] - 1) / 2 + slope * dy)
