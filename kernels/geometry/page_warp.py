"""page_warp: see the function."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.pixelwise import PixelFunction
from ..registry import corruption
from .rigid import sampled

REACH = 1.3  # sigmas: the window of the library


class Warp(NamedTuple):
    """Parameters of page_warp."""

    alpha: float  # largest shift before it is smoothed, as a share of the image's mean side
    sigma: float  # of the Gaussian that smooths the shifts, as such a share


def draws(p: Warp, height: int, width: int) -> dict[str, Draw]:
    """The shifts (x, y) of every pixel before they are smoothed."""
    return {"field": uniform(-1.0, 1.0, 2, height, width)}


@PixelFunction
def shifted(src, n, y, x, field, alpha):
    """The pixel at a shifted place."""
    return sampled(src, n, np.float32(y) + alpha * field[n, 1, y, x], np.float32(x) + alpha * field[n, 0, y, x])


@corruption(Warp, identity={"alpha": 0.0}, within={"sigma": (0.0, 100.0)}, draws=draws, moves_pixels=True)
def page_warp(ops: Any, src: Any, dst: Any, p: Warp, d: Any) -> None:
    """Every pixel taken from a place beside it by a smoothed random field, whose reach goes with the image's size,
    bilinear, black beyond the edge: a page that is not flat.

    The mean side is the root of height times width, a whole number. The Gaussian is cut off at 1.3 sigma.
    Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), warping.
    Differs from the published library, which samples by cubic splines.
    """
    side = math.isqrt(src.shape[1] * src.shape[2])
    field = ops.smooth_fields(d.field, p.sigma * side, REACH, "reflect101")
    ops.pixelwise(shifted, src, dst, field, float(p.alpha * side))
