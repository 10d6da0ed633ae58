"""scattered_pixels: see the function."""

import math
from typing import NamedTuple

from ..draws import Draw, integers
from ..registry import corruption


class Scatter(NamedTuple):
    """Parameters of scattered_pixels."""

    reach: float  # pixels, along each axis; rounded up


def draws(p: Scatter, height: int, width: int) -> dict[str, Draw]:
    """How far below and to the right of each pixel the one lies that is seen there."""
    most = math.ceil(p.reach)
    return {name: integers(-most, most + 1, height, width) for name in ("down", "aside")}


@corruption(Scatter, form="pixel", identity={"reach": 0.0}, draws=draws, moves_pixels=True)
def scattered_pixels(src, n, y, x, down, aside):
    """Every pixel shows a random one of the square about it, clamped to the image: frosted glass.

    glass_blur shuffles one pixel after the other, and blurs before and after.
    Source: Chen et al. 2024 (RobustSAM, CVPR), frosted glass blur.
    """
    v = min(max(y + down[n, y, x], 0), src.shape[1] - 1)
    u = min(max(x + aside[n, y, x], 0), src.shape[2] - 1)
    return src[n, v, u, 0], src[n, v, u, 1], src[n, v, u, 2]
