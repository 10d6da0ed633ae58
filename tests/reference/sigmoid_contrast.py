"""A logistic curve. Source: Jung et al. 2020 (imgaug 0.4)."""

import numpy as np

from .tolerance import Tolerance

TOLERANCE = Tolerance(1, 0.001, "the last bit of an exponential differs between the C library and NumPy")


def draws(rng, x, p):
    return {"cutoff": np.array(rng.uniform(p.low, p.high))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return (255 / (1 + np.exp(p.gain * (float(d["cutoff"]) - x / 255)))).astype(np.uint8)
