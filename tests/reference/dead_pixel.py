"""A few pixels become black. Source: Cavey, Dolan and Stock 2020 (arXiv:2004.03452)."""

import numpy as np

from .defects import places
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"place": rng.uniform(size=max(1, p.pixels))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    out = x.copy()
    for place in places(d["place"], p.pixels, *x.shape[:2]):
        out[place] = 0
    return out
