"""keystone: see the function."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..registry import corruption
from .rigid import sampled
from .warps import NARROWEST, along, moved_corners, projection

MOST = 0.5  # share of the side at which a corner's shift begins again from 0


class Corners(NamedTuple):
    """Parameters of keystone."""

    low: float  # smallest standard deviation of the corners' shift, as a share of the side
    high: float  # largest


def draws(p: Corners, height: int, width: int) -> dict[str, Draw]:
    """The standard deviation, and for each corner (x, y) the share of a half normal law below its shift."""
    return {"scale": uniform(p.low, p.high, on_host=True), "rank": uniform(0.0, 1.0, 4, 2, on_host=True)}


def inverse(m: np.ndarray) -> np.ndarray:
    """Of a (3, 3) matrix but for a factor, which a projective map does not have; written out, as no LAPACK's last bit
    is the same everywhere.
    """
    a, b, c = m
    found: np.ndarray = np.stack([cross(b, c), cross(c, a), cross(a, b)], axis=1)
    return found


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The vector product."""
    found: np.ndarray = a[[1, 2, 0]] * b[[2, 0, 1]] - a[[2, 0, 1]] * b[[1, 2, 0]]
    return found


def matrices(p: Corners, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, 3, 3): from places of the output to those of the image, whose four corners just fit."""
    whole = np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)], float)
    found = np.empty((count, 3, 3))
    for n, (scale, ranks) in enumerate(zip(d.scale, d.rank, strict=True)):
        moved = moved_corners(ranks, float(scale), MOST, height, width)
        back = inverse(projection(moved, np.eye(3)))
        seen = (back[None] * whole[:, None]).sum(axis=2)
        low, high = (f(seen[:, :2] / seen[:, 2:], axis=0) for f in (np.min, np.max))
        size = (high - low) / (width, height)
        fitted = np.array([[size[0], 0, low[0] + size[0] / 2], [0, size[1], low[1] + size[1] / 2], [0, 0, 1]])
        found[n] = projection(moved, fitted)
        found[n, :2] -= 0.5 * found[n, 2]  # from edges of pixels to their middles
    return {"matrix": found}


@corruption(Corners, form="pixel", identity={"low": 0.0, "high": 0.0}, draws=draws, prepare=matrices, moves_pixels=True)
def keystone(src, n, y, x, matrix):
    """The image as if the quadrilateral between four randomly moved corners were a rectangle, made as large as its own
    corners allow, bilinear, black beyond: a page seen aslant, all of it.

    Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), keystoning.
    Differs from the published library in that it is sampled once; that resized its warped copy a second time.
    """
    depth = along(matrix, n, 2, y, x)
    if abs(depth) < NARROWEST:
        depth = NARROWEST
    return sampled(src, n, along(matrix, n, 1, y, x) / depth, along(matrix, n, 0, y, x) / depth)
