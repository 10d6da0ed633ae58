"""A few pixels have a random level in each channel. Source: Cavey, Dolan and Stock 2020 (arXiv:2004.03452)."""

import numpy as np

from .defects import places
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    count = max(1, p.pixels)
    return {"place": rng.uniform(size=count), "level": rng.randint(256, size=(count, 3))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    out = x.copy()
    for k, place in enumerate(places(d["place"], p.pixels, *x.shape[:2])):
        out[place] = d["level"][k]
    return out
