"""swapped_glass_blur: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers
from ..primitives.pixelwise import FieldFunction, PixelFunction
from ..primitives.separable import gaussian_weights
from ..registry import corruption

ROUNDED = 0.5


class Glass(NamedTuple):
    """Parameters of swapped_glass_blur."""

    sigma: float  # pixels, of both Gaussians
    side: int  # pixels of their windows, odd
    delta: int  # pixels, reach of the swaps
    passes: int  # of the swaps


def draws(p: Glass, height: int, width: int) -> dict[str, Draw]:
    """dy and dx for every pixel, pass below pass; the upper end is excluded, as in the published library."""
    return {name: integers(-p.delta, p.delta, p.passes * height, width) for name in ("down", "aside")}


@FieldFunction
def numbered(places, n, x, y, down, aside, first, delta):
    """The swap of a pixel as one number, columns where rows were: what is searched then lies side by side."""
    return np.float32((down[n, first + y, x] + delta) * 2 * delta + aside[n, first + y, x] + delta)


# Who writes to a pixel is searched for among (2 delta)^2 others: that limits it, to 25 ms an image of 224 x 224 on one
# core at delta 5 (an Intel Xeon of model 207).
@PixelFunction
def swapped(src, n, y, x, down, aside, numbers, first, delta):
    """One pass: what the last pixel that swaps with this one held, else what this one finds where it swaps itself.

    The swaps are in the rows from `first` on. All find what was there before the pass. The last is the one farthest
    left, then farthest up. All of them are looked at: left at the first that is found, behind a branch, a pass took 7.7
    ms at delta 1 and 11.5 at delta 5, where it takes 1.0 and 5.8.
    """
    height, width = src.shape[1], src.shape[2]
    dy, dx = np.int64(down[n, first + y, x]), np.int64(aside[n, first + y, x])
    width_of_row = np.float32(2 * delta)
    upper, lower = max(y - delta, delta) + 1, min(y + delta, height - delta) + 1
    left, right = max(x - delta, delta) + 1, min(x + delta, width - delta) + 1
    found = -1
    for u in range(right - 1, left - 1, -1):
        wanted = np.float32((y - lower + 1 + delta) * 2 * delta + x - u + delta)
        for v in range(lower - 1, upper - 1, -1):
            if numbers[n, u, v, 0] == wanted:
                found = u * height + v
            wanted = wanted + width_of_row
    inside = np.int64((y > delta) & (x > delta) & (y <= height - delta) & (x <= width - delta))
    alone = np.int64(found < 0)
    v = alone * (y + inside * dy) + (1 - alone) * (found % height)
    u = alone * (x + inside * dx) + (1 - alone) * (found // height)
    return src[n, v, u, 0], src[n, v, u, 1], src[n, v, u, 2]


@corruption(
    Glass,
    identity={"sigma": 0.0, "side": 1, "delta": 0, "passes": 0},
    within={"delta": (0, 10_000), "passes": (0, 1000), "sigma": (0.0, 10_000.0), "side": (1, 10_000)},
    draws=draws,
    moves_pixels=True,
)
def swapped_glass_blur(ops: Any, src: Any, dst: Any, p: Glass, d: Any) -> None:
    """Gaussian blur, then `passes` times each pixel swapped with one within [-delta, delta), all at once, then the blur
    again: frosted glass.

    Where several swap with one pixel the last prevails, so that some levels are doubled and some lost. glass_blur
    shuffles one pixel after the other, which carries a level far along a row.
    Source: Buslaev et al. 2020 (albumentations 2.0.8), GlassBlur in its fast mode.
    """
    half = gaussian_weights(p.sigma, p.side // 2)
    glass, other = ops.empty(src.shape, np.uint8), ops.empty(src.shape, np.uint8)
    ops.truncate(ops.separable(src, half, "reflect101"), glass, ROUNDED)
    turned = (len(src), src.shape[2], src.shape[1], 1)
    places, numbers = ops.empty(turned, np.uint8), ops.empty(turned, np.float32)  # of places only the shape is used
    if p.delta:
        for step in range(p.passes):
            first = step * src.shape[1]
            ops.pixelwise(numbered, places, numbers, d.down, d.aside, first, p.delta)
            ops.pixelwise(swapped, glass, other, d.down, d.aside, numbers, first, p.delta)
            glass, other = other, glass
    ops.truncate(ops.separable(glass, half, "reflect101"), dst, ROUNDED)
