"""The quadrilateral between four moved corners fills the image. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np
from scipy.stats import halfnorm

from .places import grid, seen
from .tolerance import Tolerance

TOLERANCE = Tolerance(
    1,
    0.02,
    "places in float32 after a division; .05 % lie where a corner's quadrilateral is folded, and its edge is anywhere",
    crossings=0.01,
)


def draws(rng, x, p):
    return {"scale": np.array(rng.uniform(p.low, p.high)), "rank": rng.uniform(size=(4, 2))}


def ordered(places: np.ndarray) -> tuple[np.ndarray, ...]:
    """Upper left, upper right, lower right, lower left, whatever became of them."""
    places = places[np.argsort(places[:, 0], kind="stable")]
    (a, d_), (b, c) = (pair[np.argsort(pair[:, 1], kind="stable")] for pair in (places[:2], places[2:]))
    return a, b, c, d_


def projection(before: np.ndarray, after: tuple[np.ndarray, ...]) -> np.ndarray:
    """(3, 3): the projective map of four points (x, y) to four others."""
    rows, right = [], []
    for (s, t), (u, v) in zip(before, after, strict=True):
        rows += [[s, t, 1, 0, 0, 0, -u * s, -u * t], [0, 0, 0, s, t, 1, -v * s, -v * t]]
        right += [u, v]
    return np.append(np.linalg.solve(np.array(rows, float), np.array(right, float)), 1.0).reshape(3, 3)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    size = np.array([width, height])
    moved = halfnorm.ppf(d["rank"]) * d["scale"] % 1.0
    corner = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    m = projection(corner * size, ordered(np.where(corner == 1, 1 - moved, moved) * size))
    y, z = grid(x)
    u, v, depth = (row[0] * (z + 0.5) + row[1] * (y + 0.5) + row[2] for row in m)
    return seen(x, np.clip(v / depth - 0.5, -1e6, 1e6), np.clip(u / depth - 0.5, -1e6, 1e6))
