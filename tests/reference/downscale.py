"""The nearest pixel, there and back. Source: Laugros 2022 (thesis 2022GRALT016)."""

import math

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    tall, wide = (max(1, round(length * p.factor)) for length in (height, width))
    rows = [min(math.floor(i / p.factor), height - 1) for i in range(tall)]
    columns = [min(math.floor(i / p.factor), width - 1) for i in range(wide)]
    small = x[rows][:, columns]
    return small[[i * tall // height for i in range(height)]][:, [i * wide // width for i in range(width)]]
