"""A grid of points moved, and all between them with it."""

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..jit import floored
from ..registry import corruption
from .bilinear import gathered

LEAST = 1e-9  # a rank nearer to 0 or 1 has no quantile


class Pieces(NamedTuple):
    """Parameters of piecewise_affine."""

    scale: float  # standard deviation of a point's shift, as a share of the side
    points: int  # along each axis, 2 or more


def piece_draws(p: Pieces, height: int, width: int) -> dict[str, Draw]:
    """For each point the share of the normal law below its shift (y, x)."""
    return {"rank": uniform(0.0, 1.0, p.points, p.points, 2, on_host=True)}


def piece_places(p: Pieces, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """Where each point comes from, (N, points, points, 2) as (y, x); and cells of the grid a pixel."""
    size, last = np.array([height, width]), np.array([height - 1, width - 1])
    grid = np.stack(np.meshgrid(*(np.linspace(0.0, end, p.points) for end in last), indexing="ij"), axis=-1)
    quantile = NormalDist().inv_cdf
    shift = [p.scale * quantile(rank) for rank in np.clip(d.rank, LEAST, 1 - LEAST).reshape(-1).tolist()]
    moved = grid + np.array(shift).reshape(d.rank.shape) * size
    cells = np.tile((p.points - 1) / np.maximum(last, 1), (count, 1))
    return {"moved": np.clip(moved, 0.0, last), "cells": cells}


@corruption(
    Pieces,
    form="pixel",
    identity={"scale": 0.0},
    within={"points": (2, 1000)},
    draws=piece_draws,
    prepare=piece_places,
    moves_pixels=True,
)
def piecewise_affine(src, n, y, x, moved, cells):
    """A regular grid of points, each moved by N(0, scale^2) of the sides within the image; every cell in two triangles,
    and each triangle warped with its corners, bilinear: a scene seen through uneven glass.

    Source: Jung et al. 2020 (imgaug 0.4.0, PiecewiseAffine), as albumentations 1 and Qiu et al. 2025 (MLLM-IC) have it.
    Differs from the published library in that the last row and column of points lie on the last pixels, not behind
    them, where a shift of 0 moved the image; and all cells are cut along the same diagonal, where that left the choice
    to a triangulation of squares, which is undecided.
    """
    last = moved.shape[1] - 2
    v, u = np.float32(y) * cells[n, 0], np.float32(x) * cells[n, 1]
    i, j = min(np.int32(floored(v)), last), min(np.int32(floored(u)), last)
    fy, fx = v - np.float32(i), u - np.float32(j)
    k, m, long, short = i + 1, j, fy, fx  # the corner beside the diagonal, and the shares along the two sides
    if fx > fy:
        k, m, long, short = i, j + 1, fx, fy
    first, rest = np.float32(1.0) - long, long - short
    return gathered(
        src,
        n,
        first * moved[n, i, j, 0] + rest * moved[n, k, m, 0] + short * moved[n, i + 1, j + 1, 0],
        first * moved[n, i, j, 1] + rest * moved[n, k, m, 1] + short * moved[n, i + 1, j + 1, 1],
    )
