"""rectangle_blur: see the function."""

from typing import NamedTuple

import numpy as np

from ..primitives.sampling import fold101
from ..registry import corruption
from .box import mean_byte


class Rectangle(NamedTuple):
    """Parameters of rectangle_blur."""

    rows: int  # pixels
    columns: int  # pixels


@corruption(
    Rectangle, form="pixel", identity={"rows": 1, "columns": 1}, within={"rows": (1, 1000), "columns": (1, 1000)}
)
def rectangle_blur(src, n, y, x, rows, columns):
    """The mean over a rectangle about each pixel, rounded, reflected beyond the edge: with a single row or column, a
    camera that moves evenly along the other axis.

    Of an even side the outermost pixels count half.
    Source: Buslaev et al. 2020 (albumentations 2.0.8), MotionBlur along an axis, of both directions alike.
    """
    height, width = src.shape[1], src.shape[2]
    down, aside = rows // 2, columns // 2
    r, g, b = np.int32(0), np.int32(0), np.int32(0)
    # One loop over both: nested, NVRTC unrolls the inner one, and the sums of 1024 threads no longer fit the registers.
    v, u = np.int32(-down), np.int32(-aside)
    while v <= down:
        t, s = y + v, x + u
        if t < 0 or s < 0 or t >= height or s >= width:
            t, s = fold101(t, height), fold101(s, width)
        weight = (1 if 2 * abs(v) == rows else 2) * (1 if 2 * abs(u) == columns else 2)
        r += weight * np.int32(src[n, t, s, 0])
        g += weight * np.int32(src[n, t, s, 1])
        b += weight * np.int32(src[n, t, s, 2])
        u = np.int32(u + 1)
        if u > aside:
            v, u = np.int32(v + 1), np.int32(-aside)
    taps = 4 * rows * columns
    return mean_byte(r, taps), mean_byte(g, taps), mean_byte(b, taps)
