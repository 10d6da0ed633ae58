"""inner_perspective: see the function."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..registry import corruption
from .warps import moved_corners, projection, seen_through


class Corners(NamedTuple):
    """Parameters of inner_perspective."""

    scale: float  # standard deviation of the corners' shift, as a share of the side
    most: float  # share of the side at which a shift begins again from 0


def draws(p: Corners, height: int, width: int) -> dict[str, Draw]:
    """For each corner (x, y) the share of a half normal law below its shift."""
    return {"rank": uniform(0.0, 1.0, 4, 2, on_host=True)}


def matrices(p: Corners, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, 3, 3): the quadrilateral fills the image times the image by the quadrilateral; in pixel indices."""
    found = np.empty((count, 3, 3))
    for n, ranks in enumerate(d.rank):
        a, b, c, e = corners = moved_corners(ranks, p.scale, p.most, height, width)
        wide, tall = (
            max(2, int(max(math.dist(*one), math.dist(*two)))) for one, two in (((a, b), (e, c)), ((b, c), (a, e)))
        )
        if p.scale == 0.0:
            wide, tall = width, height
        found[n] = projection(corners, np.diag([wide / width**2, tall / height**2, 1.0]))
    return {"matrix": found}


@corruption(Corners, form="pixel", identity={"scale": 0.0}, draws=draws, prepare=matrices, moves_pixels=True)
def inner_perspective(src, n, y, x, matrix):
    """The quadrilateral between four corners that moved inwards by |N(0, scale^2)| of the sides, less whole multiples
    of a largest shift, is stretched over the image and by as much beyond it to the right and below: a plane seen aslant
    and from nearer.

    What lies beyond is not seen, as published: the library scales by what the quadrilateral's longer sides lack.

    Source: Buslaev et al. 2020 (albumentations 2.0.8), Perspective.
    """
    return seen_through(src, n, y, x, matrix)
