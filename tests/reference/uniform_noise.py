"""U + U(-w, w) for every element. Source: Dong et al. 2023 (arXiv:2303.11040)."""

import numpy as np

from .scale import to_bytes, unit
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"noise": rng.uniform(-p.width, p.width, x.shape)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return to_bytes(unit(x) + d["noise"])
