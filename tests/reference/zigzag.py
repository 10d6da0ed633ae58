"""A zigzag. Source: Mu and Gilmer 2019 (arXiv:1906.02337)."""

import numpy as np

from .strokes import added, straight
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"row": rng.randint(0, 27), "rise": rng.randint(-5, 5)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    row, rise = int(d["row"]), int(d["rise"])
    theta = np.arctan(rise / 23)
    length = 23 / np.cos(theta)
    along, across = [0.0], [0.0]
    for i in range(int((length - 2) // 4) + 1):
        along.append((2 * i + 1) * 2.0)
        across.append((-1) ** i * 2.0)
    end = 4 * (length // 4)
    if length != end:
        across.append(across[-1] / (2 * (length - end)))
        along.append(length)
    turn = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
    columns, rows = turn @ np.array([along, across]) + [[2], [row]]
    line = sum(straight(x.shape, columns[k], rows[k], columns[k + 1], rows[k + 1]) for k in range(len(columns) - 1))
    return added(x, line, p.strength)
