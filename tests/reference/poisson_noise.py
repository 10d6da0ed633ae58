"""A signed Poisson count added to every element. Source: Jung et al. 2020 (imgaug 0.4)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"noise": rng.poisson(p.rate, x.shape) * rng.choice([-1, 1], x.shape)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.clip(x + np.rint(d["noise"]), 0, 255).astype(np.uint8)
