"""clip(Poisson(u P) / P) + N(0, sigma^2) for every element. Source: Kar et al. 2022 (arXiv:2203.01441)."""

import numpy as np

from .scale import to_bytes, unit
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"counts": rng.poisson(unit(x) * p.photons), "read": rng.normal(size=x.shape, scale=p.sigma)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return to_bytes(np.clip(d["counts"] / float(p.photons), 0, 1) + d["read"])
