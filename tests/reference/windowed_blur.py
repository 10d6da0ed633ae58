"""A Gaussian in a window. Source: Di Salvo et al. 2024 (arXiv:2406.17536)."""

import math

import numpy as np

from .elastic_transform import fold101
from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    reach = p.side // 2
    sigma = p.sigma or 1e-9
    line = np.array([math.exp(-((k / sigma) ** 2) / 2) for k in range(-reach, reach + 1)])
    out = x.astype(float)
    for axis in (0, 1):
        where = np.arange(x.shape[axis])
        shifted = [np.take(out, fold101(where + k, x.shape[axis]), axis) for k in range(-reach, reach + 1)]
        out = sum(w * part for w, part in zip(line / line.sum(), shifted, strict=True))
    return rounded(out)
