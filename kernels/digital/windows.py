"""The largest, smallest or mean level of a window: of pools, side by side, and of morphology, which slides."""

from typing import Any, NamedTuple

import numpy as np

from ..jit import scalar
from ..primitives.pixelwise import PixelFunction, nearest_byte
from ..registry import corruption

# Means of whole numbers are halves now and then; float32 quotients may fall on either side of them.
LIFT = np.float32(1e-4)


class Pool(NamedTuple):
    """Parameters of average_pooling and max_pooling."""

    side: int  # pixels of a window


class Element(NamedTuple):
    """Parameters of dilation and erosion."""

    radius: int  # pixels on each side of the middle of a square


@scalar
def mean_of(src, n, top, left, bottom, right, c):
    """The mean of a window, rounded half up."""
    total = np.int32(0)
    for v in range(top, bottom):
        for u in range(left, right):
            total += np.int32(src[n, v, u, c])
    return nearest_byte(np.float32(total) / np.float32((bottom - top) * (right - left)) + LIFT)


@scalar
def largest_of(src, n, top, left, bottom, right, c):
    """The largest level of a window."""
    found = np.int32(0)
    for v in range(top, bottom):
        for u in range(left, right):
            found = max(found, np.int32(src[n, v, u, c]))
    return np.uint8(found)


@PixelFunction
def means(pools, n, y, x, src, side):
    """The mean of each window."""
    top, left = y * side, x * side
    bottom, right = min(top + side, src.shape[1]), min(left + side, src.shape[2])
    return (
        mean_of(src, n, top, left, bottom, right, 0),
        mean_of(src, n, top, left, bottom, right, 1),
        mean_of(src, n, top, left, bottom, right, 2),
    )


@PixelFunction
def maxima(pools, n, y, x, src, side):
    """The largest levels of each window."""
    top, left = y * side, x * side
    bottom, right = min(top + side, src.shape[1]), min(left + side, src.shape[2])
    return (
        largest_of(src, n, top, left, bottom, right, 0),
        largest_of(src, n, top, left, bottom, right, 1),
        largest_of(src, n, top, left, bottom, right, 2),
    )


@PixelFunction
def enlarged(src, n, y, x, pools, row, column):
    """What became of the window that the place lies in."""
    v, u = row[y], column[x]
    return pools[n, v, u, 0], pools[n, v, u, 1], pools[n, v, u, 2]


def pool(ops: Any, src: Any, dst: Any, side: int, function: PixelFunction) -> None:
    """A number for each window, in place of all its pixels. In one pass max_pooling took 11 ms at a side of 8."""
    n, height, width, channels = src.shape
    shape = (n, -(-height // side), -(-width // side), channels)
    place, pools = ops.empty(shape, np.uint8), ops.empty(shape, np.uint8)
    # Over the windows, not the pixels: either array of them says how many there are.
    ops.pixelwise(function, place, pools, src, np.int32(side))
    row, column = (ops.upload(np.arange(length, dtype=np.int32) // side) for length in (height, width))
    ops.pixelwise(enlarged, src, dst, pools, row, column)


@corruption(Pool, identity={"side": 1})
def average_pooling(ops: Any, src: Any, dst: Any, p: Pool, d: Any) -> None:
    """The mean of each window of so many pixels in place of all of them: a sensor with larger cells.

    Source: Jung et al. 2020 (imgaug 0.4), AveragePooling.
    """
    pool(ops, src, dst, p.side, means)


@corruption(Pool, identity={"side": 1})
def max_pooling(ops: Any, src: Any, dst: Any, p: Pool, d: Any) -> None:
    """The largest level of each window of so many pixels in place of all of them: highlights that spread.

    Source: Jung et al. 2020 (imgaug 0.4), MaxPooling.
    """
    pool(ops, src, dst, p.side, maxima)


@scalar
def further(a, b, sign):
    """The larger of two levels, or with sign -1 the smaller."""
    return max(a, b) if sign > 0 else min(a, b)


@PixelFunction
def extreme(src, n, y, x, down, across, radius, sign):
    """The largest (sign 1) or smallest (-1) level along a line of 2 radius + 1 pixels; beyond the edge is nothing."""
    r, g, b = np.int32(src[n, y, x, 0]), np.int32(src[n, y, x, 1]), np.int32(src[n, y, x, 2])
    for k in range(-radius, radius + 1):
        v = min(max(y + k * down, 0), src.shape[1] - 1)
        u = min(max(x + k * across, 0), src.shape[2] - 1)
        r = further(r, np.int32(src[n, v, u, 0]), sign)
        g = further(g, np.int32(src[n, v, u, 1]), sign)
        b = further(b, np.int32(src[n, v, u, 2]), sign)
    return np.uint8(r), np.uint8(g), np.uint8(b)


def of_squares(ops: Any, src: Any, dst: Any, radius: int, sign: int) -> None:
    """The extremes of squares are those along columns of those along rows."""
    rows = ops.empty(src.shape, np.uint8)
    ops.pixelwise(extreme, src, rows, 0, 1, radius, sign)
    ops.pixelwise(extreme, rows, dst, 1, 0, radius, sign)


@corruption(Element, identity={"radius": 0})
def dilation(ops: Any, src: Any, dst: Any, p: Element, d: Any) -> None:
    """The largest level of the square around each pixel: bright parts grow, dark strokes thin out.

    Source: Haralick et al. 1987 (IEEE PAMI 9), grey-scale dilation by a flat square.
    """
    of_squares(ops, src, dst, p.radius, 1)


@corruption(Element, identity={"radius": 0})
def erosion(ops: Any, src: Any, dst: Any, p: Element, d: Any) -> None:
    """The smallest level of the square around each pixel: dark strokes grow, as ink that runs.

    Source: Haralick et al. 1987 (IEEE PAMI 9), grey-scale erosion by a flat square.
    """
    of_squares(ops, src, dst, p.radius, -1)
