"""Squares of a board cut out. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .tolerance import Tolerance

TOLERANCE = Tolerance(0, 0.005, "a pixel on the edge of a square", crossings=0.005)


def draws(rng, x, p):
    return {
        "angle": rng.uniform(0, 2 * np.pi),
        "side": rng.uniform(0.1, 0.25),
        "luck": rng.uniform(size=(40, 40)),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    shorter = min(x.shape[:2])
    side = max(d["side"] * shorter, 1)
    count = max(int(min(4 * shorter // side, 40)), 1)
    rows, columns = np.mgrid[: x.shape[0], : x.shape[1]]
    c, s = np.cos(d["angle"]) / side, np.sin(d["angle"]) / side
    v, u = c * rows + s * columns, c * columns - s * rows
    cut = d["luck"][:count, :count] < p.fraction
    place = tuple(np.fmod(np.trunc(part), count).astype(int) for part in (v, u))  # negative ones count from the end
    hidden = ((v % 2).astype(int) == (u % 2).astype(int)) & cut[place]
    return np.where(hidden[..., None], 128, x).astype(np.uint8)
