"""Discs pinched and twisted. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .seen_at import seen_at
from .tolerance import Tolerance

TOLERANCE = Tolerance(1, 0.02, "float32 places; where they are whole ones, a level is cut off to the byte below or not")


def draws(rng, x, p):
    return {"way": rng.randint(0, 2, (p.cells, p.cells))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    side = min(x.shape[:2]) // p.cells
    v, u = np.mgrid[: x.shape[0], : x.shape[1]].astype(float)
    for i, j in np.ndindex(p.cells, p.cells):
        for y in range(i * side, (i + 1) * side):
            for column in range(j * side, (j + 1) * side):
                middle = np.array([i * side + side / 2, j * side + side / 2])
                dy, dx = np.array([y, column]) - middle
                distance = np.hypot(dy, dx)
                if distance > side / 2 or round(distance, 3) == 0:
                    continue
                share = distance / (side / 2)
                stretch = np.sin(np.pi / 2 * share) ** -p.pull
                a = np.radians(p.turn) * (1 if d["way"][i, j] else -1) * (1 - share) ** 2
                moved = np.array([dy * np.cos(a) - dx * np.sin(a), dy * np.sin(a) + dx * np.cos(a)])
                v[y, column], u[y, column] = middle + stretch * moved
    return seen_at(x, v, u)
