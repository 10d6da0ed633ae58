"""Fog by depth. Source: Kar et al. 2022 (arXiv:2203.01441)."""

import numpy as np

from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    passed = np.exp(-p.density * d["depth"].astype(float))[..., None]
    return (passed * x + x.mean() * (1 - passed)).astype(np.uint8)
