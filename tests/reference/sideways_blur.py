"""A mean along a level line with weights that change evenly. Source: Dong et al. 2023 (arXiv:2303.11040)."""

import numpy as np

from .elastic_transform import fold101
from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"start": np.array(rng.uniform())}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    width = x.shape[1]
    taps = max(int(p.share * width), 3)
    taps += taps % 2 == 0
    weights = np.linspace(d["start"], 1 - d["start"], taps)
    columns = np.arange(width)
    moved = [x[:, fold101(columns + k - taps // 2, width)].astype(float) for k in range(taps)]
    return rounded(np.tensordot(weights / weights.sum(), moved, 1))
