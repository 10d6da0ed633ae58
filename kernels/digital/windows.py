"""The largest, smallest or mean level of a window: of pools, side by side, and of morphology, which slides."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..jit import scalar
from ..primitives.pixelwise import PixelFunction, nearest_byte
from ..registry import corruption

# Means of whole numbers are halves now and then; by float32 reciprocals those would fall on either side.
LIFT = np.float32(1e-4)


class Pool(NamedTuple):
    """Parameters of average_pooling and max_pooling."""

    side: int  # pixels of a window


class Element(NamedTuple):
    """Parameters of dilation and erosion."""

    radius: int  # pixels on each side of the middle of a square


def prepare_windows(p: Pool, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """Of each row and column where its window begins and ends, and one over how many there are."""
    found: dict[str, np.ndarray] = {}
    for names, length in ((("top", "bottom", "upright"), height), (("left", "right", "across"), width)):
        begin = np.arange(length, dtype=np.int32) // p.side * p.side
        end = np.minimum(begin + p.side, length).astype(np.int32)
        found |= dict(zip(names, (begin, end, (1.0 / (end - begin)).astype(np.float32)), strict=True))
    return found


@scalar
def pool_mean(src, n, top, left, bottom, right, c, share):
    """The mean of a window, rounded half up."""
    total = np.int32(0)
    for v in range(top, bottom):
        for u in range(left, right):
            total += np.int32(src[n, v, u, c])
    return nearest_byte(np.float32(total) * share + LIFT)


@scalar
def pool_largest(src, n, top, left, bottom, right, c):
    """The largest level of a window."""
    found = np.int32(0)
    for v in range(top, bottom):
        for u in range(left, right):
            found = max(found, np.int32(src[n, v, u, c]))
    return np.uint8(found)


@corruption(Pool, form="pixel", identity={"side": 1}, prepare=prepare_windows)
def average_pooling(src, n, y, x, top, left, bottom, right, upright, across):
    """The mean of each window of so many pixels in place of all of them: a sensor with larger cells.

    Source: Jung et al. 2020 (imgaug 0.4), AveragePooling.
    """
    t, s, b, e, share = top[y], left[x], bottom[y], right[x], upright[y] * across[x]
    return (
        pool_mean(src, n, t, s, b, e, 0, share),
        pool_mean(src, n, t, s, b, e, 1, share),
        pool_mean(src, n, t, s, b, e, 2, share),
    )


@corruption(Pool, form="pixel", identity={"side": 1}, prepare=prepare_windows)
def max_pooling(src, n, y, x, top, left, bottom, right):
    """The largest level of each window of so many pixels in place of all of them: highlights that spread.

    Source: Jung et al. 2020 (imgaug 0.4), MaxPooling.
    """
    t, s, b, e = top[y], left[x], bottom[y], right[x]
    return (
        pool_largest(src, n, t, s, b, e, 0),
        pool_largest(src, n, t, s, b, e, 1),
        pool_largest(src, n, t, s, b, e, 2),
    )


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
