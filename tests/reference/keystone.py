"""A page seen aslant, all of it. Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), keystoning."""

import numpy as np
from scipy.stats import halfnorm

from .black_beyond import looked_up
from .perspective import TOLERANCE, draws, ordered, projection
from .places import grid

__all__ = ["TOLERANCE", "apply", "draws"]


def apply(x: np.ndarray, p, d) -> np.ndarray:
    size = np.array([x.shape[1], x.shape[0]])
    moved = halfnorm.ppf(d["rank"]) * d["scale"] % 0.5
    corner = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    forward = projection(np.array(ordered(np.where(corner == 1, 1 - moved, moved) * size)), tuple(corner))
    seen = np.column_stack([corner * size, np.ones(4)]) @ forward.T
    seen = seen[:, :2] / seen[:, 2:]
    low, high = seen.min(0), seen.max(0)
    y, z = grid(x)
    places = np.stack([z + 0.5, y + 0.5], -1) / size * (high - low) + low
    u, v, depth = np.moveaxis(
        np.concatenate([places, np.ones_like(places[..., :1])], -1) @ np.linalg.inv(forward).T, -1, 0
    )
    return looked_up(x, v / depth - 0.5, u / depth - 0.5)
