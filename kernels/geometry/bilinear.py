"""What is seen at a place between pixels, for all warps."""

import numpy as np

from ..jit import floored, scalar
from ..primitives.pixelwise import nearest_byte
from ..primitives.sampling import bilinear, fold101

FAR = np.float32(1e6)  # pixels; places beyond lie nowhere that an image shows, and would not fit 32 bits


@scalar
def gathered(src, n, v, u):
    """The pixel of image n at the place (v, u) in pixels: bilinear, rounded, reflected beyond the edge without
    repeating it.
    """
    v, u = min(max(v, -FAR), FAR), min(max(u, -FAR), FAR)
    top, left = floored(v), floored(u)
    fy, fx = v - top, u - left
    height, width = src.shape[1], src.shape[2]
    y0, x0 = np.int32(top), np.int32(left)
    y1, x1 = y0 + 1, x0 + 1
    if y0 < 0 or x0 < 0 or y1 >= height or x1 >= width:
        y0, y1, x0, x1 = fold101(y0, height), fold101(y1, height), fold101(x0, width), fold101(x1, width)
    return (
        nearest_byte(bilinear(src[n, y0, x0, 0], src[n, y0, x1, 0], src[n, y1, x0, 0], src[n, y1, x1, 0], fy, fx)),
        nearest_byte(bilinear(src[n, y0, x0, 1], src[n, y0, x1, 1], src[n, y1, x0, 1], src[n, y1, x1, 1], fy, fx)),
        nearest_byte(bilinear(src[n, y0, x0, 2], src[n, y0, x1, 2], src[n, y1, x0, 2], src[n, y1, x1, 2], fy, fx)),
    )
