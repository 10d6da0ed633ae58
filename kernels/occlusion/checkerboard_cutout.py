"""checkerboard_cutout: see the function."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..jit import floored, scalar
from ..registry import corruption

GRID = 40  # squares in each direction at most: four sides of the image in squares of a tenth of it
GREY = np.uint8(128)


class Cutout(NamedTuple):
    """Parameters of checkerboard_cutout."""

    fraction: float  # of the black squares of a board that are cut out


def draws(p: Cutout, height: int, width: int) -> dict[str, Draw]:
    """The board's angle, the side of its squares as a share of the shorter side, and each square's luck."""
    return {
        "angle": uniform(0.0, 2 * math.pi, on_host=True),
        "side": uniform(0.1, 0.25, on_host=True),
        "luck": uniform(0.0, 1.0, GRID, GRID, on_host=True),
    }


def prepare(p: Cutout, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The directions of the board in squares a pixel, how many squares are told apart, and which are cut out."""
    side = np.maximum(d.side * min(height, width), 1.0)
    directions = np.array([(math.cos(angle), math.sin(angle)) for angle in d.angle]).reshape(-1, 2)
    squares = np.minimum(4 * min(height, width) // side, GRID).astype(np.int32)
    cut = (d.luck < p.fraction).astype(np.uint8)
    return {"along": directions / side[:, None], "squares": np.maximum(squares, 1), "cut": cut}


@scalar
def square_of(place, squares):
    """Which square it is, of so many: whole numbers towards 0, and from the end again below it."""
    whole = np.int32(place) % squares
    return whole + squares if whole < 0 else whole


@scalar
def odd(place):
    """Whether the square at a place is an odd one, in both directions from 0."""
    return np.int32(floored(place)) & 1


@corruption(Cutout, form="pixel", identity={"fraction": 0.0}, draws=draws, prepare=prepare)
def checkerboard_cutout(src, n, y, x, along, squares, cut):
    """Grey in place of some of the squares of one colour of a board at a random angle: a grating in front of the scene.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    """
    c, s = along[n, 0], along[n, 1]
    v, u = c * np.float32(y) + s * np.float32(x), c * np.float32(x) - s * np.float32(y)
    hidden = cut[n, square_of(v, squares[n]), square_of(u, squares[n])]
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    if odd(v) == odd(u) and hidden > 0:
        return GREY, GREY, GREY
    return r, g, b
