"""A mean along a turned line. Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), vibration."""

import math

import numpy as np

from .elastic_transform import fold101
from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"angle": np.array(rng.uniform(-p.limit, p.limit))}


def turned(side: int, angle: float) -> np.ndarray:
    """A row of ones in a square of zeros, sampled bilinearly where the turned square's places come from."""
    square = np.zeros((side + 4, side + 4))
    square[2 + (side - 1) // 2, 2 : side + 2] = 1
    c, s, middle = math.cos(math.radians(angle)), math.sin(math.radians(angle)), (side - 1) / 2
    kernel = np.zeros((side, side))
    for y in range(side):
        for x in range(side):
            u = c * (x - middle) - s * (y - middle) + middle
            v = s * (x - middle) + c * (y - middle) + middle
            if -1 <= u <= side and -1 <= v <= side:
                j, i = math.floor(v), math.floor(u)
                four = square[j + 2 : j + 4, i + 2 : i + 4]
                kernel[y, x] = np.array([1 - (v - j), v - j]) @ four @ np.array([1 - (u - i), u - i])
    return kernel / kernel.sum()


def correlated(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """A square filter, reflect-101, rounded."""
    reach, out = len(kernel) // 2, np.zeros(x.shape)
    for (i, j), weight in np.ndenumerate(kernel):
        rows = fold101(np.arange(x.shape[0]) + i - reach, x.shape[0])
        columns = fold101(np.arange(x.shape[1]) + j - reach, x.shape[1])
        out += weight * x[rows][:, columns]
    return rounded(out)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return correlated(x, turned(max(p.side, 1), float(d["angle"])))
