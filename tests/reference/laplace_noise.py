"""A number of Laplace's law added to every element. Source: Jung et al. 2020 (imgaug 0.4)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"noise": rng.laplace(0, p.scale, x.shape)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.clip(x + np.rint(d["noise"]), 0, 255).astype(np.uint8)
