"""The largest, smallest or mean level of a window: of pools, side by side, and of morphology, which slides."""

from typing import Any, NamedTuple

import numpy as np

from ..primitives.pixelwise import PixelFunction, nearest_byte
from ..registry import corruption

# Means of whole numbers are halves now and then; by float32 shares they may fall on either side of them.
LIFT = np.float32(1e-4)


class Pool(NamedTuple):
    """Parameters of average_pooling and max_pooling."""

    side: int  # pixels of a window


class Element(NamedTuple):
    """Parameters of dilation and erosion."""

    radius: int  # pixels on each side of the middle of a square


@PixelFunction
def means(pools, n, y, x, src, rows, columns, shares):
    """The mean of each window, rounded half up."""
    r, g, b = np.int32(0), np.int32(0), np.int32(0)
    for v in range(rows[y], rows[y + 1]):
        for u in range(columns[x], columns[x + 1]):
            r += np.int32(src[n, v, u, 0])
            g += np.int32(src[n, v, u, 1])
            b += np.int32(src[n, v, u, 2])
    share = shares[(rows[y + 1] - rows[y]) * (columns[x + 1] - columns[x])]
    return (
        nearest_byte(np.float32(r) * share + LIFT),
        nearest_byte(np.float32(g) * share + LIFT),
        nearest_byte(np.float32(b) * share + LIFT),
    )


@PixelFunction
def maxima(pools, n, y, x, src, rows, columns):
    """The largest levels of each window."""
    r, g, b = np.int32(0), np.int32(0), np.int32(0)
    for v in range(rows[y], rows[y + 1]):
        for u in range(columns[x], columns[x + 1]):
            r = max(r, np.int32(src[n, v, u, 0]))
            g = max(g, np.int32(src[n, v, u, 1]))
            b = max(b, np.int32(src[n, v, u, 2]))
    return np.uint8(r), np.uint8(g), np.uint8(b)


@PixelFunction
def enlarged(src, n, y, x, pools, row, column):
    """What became of the window that the place lies in."""
    v, u = row[y], column[x]
    return pools[n, v, u, 0], pools[n, v, u, 1], pools[n, v, u, 2]


def pool(ops: Any, src: Any, dst: Any, side: int, function: PixelFunction, *more: Any) -> None:
    """A number for each window, in place of all its pixels. In one pass max_pooling took 11 ms at a side of 8."""
    n, height, width, channels = src.shape
    shape = (n, -(-height // side), -(-width // side), channels)
    place, pools = ops.empty(shape, np.uint8), ops.empty(shape, np.uint8)
    # Over the windows, not the pixels: either array of them says how many there are.
    ends = (np.minimum(np.arange(0, length + side, side), length).astype(np.int32) for length in (height, width))
    ops.pixelwise(function, place, pools, src, *map(ops.upload, ends), *more)
    row, column = (ops.upload(np.arange(length, dtype=np.int32) // side) for length in (height, width))
    ops.pixelwise(enlarged, src, dst, pools, row, column)


@corruption(Pool, identity={"side": 1}, within={"side": (1, 4096)})
def average_pooling(ops: Any, src: Any, dst: Any, p: Pool, d: Any) -> None:
    """The mean of each window of so many pixels in place of all of them: a sensor with larger cells.

    Source: Jung et al. 2020 (imgaug 0.4), AveragePooling.
    """
    # One over how many pixels a window has; as a division on the device it would be a call.
    shares = (1.0 / np.maximum(np.arange(p.side * p.side + 1), 1)).astype(np.float32)
    pool(ops, src, dst, p.side, means, ops.upload(shares))


@corruption(Pool, identity={"side": 1}, within={"side": (1, 4096)})
def max_pooling(ops: Any, src: Any, dst: Any, p: Pool, d: Any) -> None:
    """The largest level of each window of so many pixels in place of all of them: highlights that spread.

    Source: Jung et al. 2020 (imgaug 0.4), MaxPooling.
    """
    pool(ops, src, dst, p.side, maxima)


@PixelFunction
def line_maxima(src, n, y, x, down, across, count):
    """The largest levels at some offsets; beyond the edge is nothing."""
    r, g, b = np.int32(src[n, y, x, 0]), np.int32(src[n, y, x, 1]), np.int32(src[n, y, x, 2])
    for k in range(count):
        v = min(max(np.int32(y) + down[k], 0), src.shape[1] - 1)
        u = min(max(np.int32(x) + across[k], 0), src.shape[2] - 1)
        r = max(r, np.int32(src[n, v, u, 0]))
        g = max(g, np.int32(src[n, v, u, 1]))
        b = max(b, np.int32(src[n, v, u, 2]))
    return np.uint8(r), np.uint8(g), np.uint8(b)


@PixelFunction
def line_minima(src, n, y, x, down, across, count):
    """The smallest levels at some offsets; beyond the edge is nothing."""
    r, g, b = np.int32(src[n, y, x, 0]), np.int32(src[n, y, x, 1]), np.int32(src[n, y, x, 2])
    for k in range(count):
        v = min(max(np.int32(y) + down[k], 0), src.shape[1] - 1)
        u = min(max(np.int32(x) + across[k], 0), src.shape[2] - 1)
        r = min(r, np.int32(src[n, v, u, 0]))
        g = min(g, np.int32(src[n, v, u, 1]))
        b = min(b, np.int32(src[n, v, u, 2]))
    return np.uint8(r), np.uint8(g), np.uint8(b)


def of_squares(ops: Any, src: Any, dst: Any, radius: int, function: PixelFunction) -> None:
    """The extremes of squares are those along columns of those along rows."""
    rows = ops.empty(src.shape, np.uint8)
    along = np.arange(-radius, radius + 1, dtype=np.int32)
    along, none = ops.upload(along), ops.upload(np.zeros_like(along))
    ops.pixelwise(function, src, rows, none, along, np.int32(2 * radius + 1))
    ops.pixelwise(function, rows, dst, along, none, np.int32(2 * radius + 1))


@corruption(Element, identity={"radius": 0}, within={"radius": (0, 10_000)})
def dilation(ops: Any, src: Any, dst: Any, p: Element, d: Any) -> None:
    """The largest level of the square around each pixel: bright parts grow, dark strokes thin out.

    Source: Haralick et al. 1987 (IEEE PAMI 9), grey-scale dilation by a flat square.
    """
    of_squares(ops, src, dst, p.radius, line_maxima)


@corruption(Element, identity={"radius": 0}, within={"radius": (0, 10_000)})
def erosion(ops: Any, src: Any, dst: Any, p: Element, d: Any) -> None:
    """The smallest level of the square around each pixel: dark strokes grow, as ink that runs.

    Source: Haralick et al. 1987 (IEEE PAMI 9), grey-scale erosion by a flat square.
    """
    of_squares(ops, src, dst, p.radius, line_minima)
