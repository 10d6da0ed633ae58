"""Spatter's layers of one channel: edges, the distance to them, filters of three by three, equalisation."""

from typing import Any

import numpy as np

from ..jit import scalar
from ..primitives.bytes3x3 import after, before, clipped_byte, equalised, mean_of_nine, row_product, row_sum
from ..primitives.edges import FAR, NEAR, across, nearer, sobel_x
from .kernel import points, settling, stepwise
from .lookup import by_channel
from .reduction import counts

WEAK, STRONG = np.uint8(1), np.uint8(2)


@points
def sobel(n, y, x, src, dx, dy):
    """Sobel's differences with edge values repeated; dx and dy int16."""
    height, width = src.shape[1], src.shape[2]
    up, low, a, b = max(y - 1, 0), min(y + 1, height - 1), max(x - 1, 0), min(x + 1, width - 1)
    ua, ub, la, lb = src[n, up, a], src[n, up, b], src[n, low, a], src[n, low, b]
    dx[n, y, x] = sobel_x(ua, ub, src[n, y, a], src[n, y, b], la, lb)
    dy[n, y, x] = sobel_x(ua, la, src[n, up, x], src[n, low, x], ub, lb)


@scalar
def size_at(dx, dy, n, y, x):
    """The gradient's L1 size, 0 outside of the image."""
    if y < 0 or x < 0 or y >= dx.shape[1] or x >= dx.shape[2]:
        return np.int32(0)
    return np.int32(abs(np.int32(dx[n, y, x])) + abs(np.int32(dy[n, y, x])))


@points
def peaks(n, y, x, dx, dy, marks, low, high):
    """Marks what is largest across its edge: STRONG above `high`, WEAK above `low`."""
    size, mark = size_at(dx, dy, n, y, x), np.uint8(0)
    if size > low:
        way = across(np.int32(dx[n, y, x]), np.int32(dy[n, y, x]))
        if way == 0:
            peak = size > size_at(dx, dy, n, y, x - 1) and size >= size_at(dx, dy, n, y, x + 1)
        elif way == 1:
            peak = size > size_at(dx, dy, n, y - 1, x) and size >= size_at(dx, dy, n, y + 1, x)
        else:
            side = -1 if way == 2 else 1
            peak = size > size_at(dx, dy, n, y - 1, x - side) and size > size_at(dx, dy, n, y + 1, x + side)
        if peak:
            mark = STRONG if size > high else WEAK
    marks[n, y, x] = mark


@settling
def connect(n, t, lanes, marks):
    """Weak marks that touch a strong one become strong. Marks only ever rise, so the end does not depend on the
    order.
    """
    height, width = marks.shape[1], marks.shape[2]
    changed = np.int32(0)
    for cell in range(t, height * width, lanes):
        y = cell // width
        x = cell - y * width
        if marks[n, y, x] == WEAK:
            strong = False
            for v in range(max(y - 1, 0), min(y + 2, height)):
                for u in range(max(x - 1, 0), min(x + 2, width)):
                    strong = strong or marks[n, v, u] == STRONG
            if strong:
                marks[n, y, x] = STRONG
                changed = np.int32(1)
    return changed


@points
def is_strong(n, y, x, marks, dst):
    """Whether a place is an edge."""
    dst[n, y, x] = marks[n, y, x] == STRONG


@points
def first_distance(n, y, x, edges, field):
    """NEAR on edges, FAR elsewhere and on the two places around the image; field (N, H + 4, W + 4)."""
    inside = y >= 2 and x >= 2 and y < field.shape[1] - 2 and x < field.shape[2] - 2
    field[n, y, x] = NEAR if inside and edges[n, y - 2, x - 2] else FAR


@stepwise
def chamfer_sweep(n, s, t, lanes, field, way):
    """One raster sweep (way 1, or -1 from the lower right) of the 5 x 5 chamfer mask.

    A place needs its row's neighbour before it and places up to two columns ahead in the row before: so the places with
    equal x + 3 y can be set together, and step s sets those with x + 3 y = s.
    """
    height, width = field.shape[1] - 4, field.shape[2] - 4
    for y in range(t, height, lanes):
        x = s - 3 * y
        if x >= 0 and x < width:
            r, c = (y + 2, x + 2) if way > 0 else (height + 1 - y, width + 1 - x)
            one, two = r - way, r - 2 * way
            knight = min(
                min(field[n, two, c - 1], field[n, two, c + 1]), min(field[n, one, c - 2], field[n, one, c + 2])
            )
            diagonal = min(field[n, one, c - 1], field[n, one, c + 1])
            field[n, r, c] = nearer(field[n, r, c], knight, diagonal, min(field[n, one, c], field[n, r, c - way]))


@points
def limited(n, y, x, field, dst, limit):
    """The distance, at most `limit`."""
    dst[n, y, x] = min(field[n, y + 2, x + 2], limit)


@points
def box3_place(n, y, x, src, dst, rounding):
    """The mean of three by three plus `rounding`, truncated."""
    height, width = src.shape[1], src.shape[2]
    a, b, up, low = before(x, width), after(x, width), before(y, height), after(y, height)
    upper = row_sum(src[n, up, a], src[n, up, x], src[n, up, b])
    middle = row_sum(src[n, y, a], src[n, y, x], src[n, y, b])
    dst[n, y, x] = mean_of_nine(upper, middle, row_sum(src[n, low, a], src[n, low, x], src[n, low, b]), rounding)


@points
def correlate3_place(n, y, x, src, dst, kernel):
    """A correlation with three by three integers, clipped."""
    height, width = src.shape[1], src.shape[2]
    a, b, total = before(x, width), after(x, width), np.int32(0)
    for j in range(3):
        v = before(y, height) if j == 0 else (y if j == 1 else after(y, height))
        total += row_product(src[n, v, a], src[n, v, x], src[n, v, b], kernel[j, 0], kernel[j, 1], kernel[j, 2])
    dst[n, y, x] = clipped_byte(total)


@points
def equalising_level(n, y, level, histogram, curves):
    """One level of the curve (N, 1, 256) that equalises a histogram (N, 256); a layer of one value keeps it."""
    first = 0
    while histogram[n, first] == 0:
        first += 1
    total, below = np.int64(0), np.int64(0)
    for v in range(first + 1, 256):
        total += histogram[n, v]
        if v <= level:
            below += histogram[n, v]
    if total == 0:
        curves[n, y, level] = np.uint8(level)
    else:
        curves[n, y, level] = equalised(below, total) if level > first else np.uint8(0)


def canny(ops: Any, src: Any, dst: Any, low: int, high: int) -> None:
    """As `canny_cpu`."""
    dx, dy, marks = ops.empty(src.shape, np.int16), ops.empty(src.shape, np.int16), ops.empty(src.shape, np.uint8)
    ops.points(sobel, src.shape, src, dx, dy)
    ops.points(peaks, src.shape, dx, dy, marks, low, high)
    ops.settling(connect, len(src), marks)
    ops.points(is_strong, src.shape, marks, dst)


def chamfer(ops: Any, edges: Any, dst: Any, limit: np.float32) -> None:
    """As `chamfer_cpu`."""
    n, height, width = edges.shape
    field = ops.empty((n, height + 4, width + 4), np.float32)
    ops.points(first_distance, field.shape, edges, field)
    for way in (1, -1):
        ops.stepwise(chamfer_sweep, n, width + 3 * (height - 1), field, way)
    ops.points(limited, dst.shape, field, dst, limit)


def box3(ops: Any, src: Any, dst: Any, rounding: np.float32) -> None:
    """As `box3_cpu`."""
    ops.points(box3_place, src.shape, src, dst, rounding)


def correlate3(ops: Any, src: Any, dst: Any, kernel: np.ndarray) -> None:
    """As `correlate3_cpu`."""
    ops.points(correlate3_place, src.shape, src, dst, ops.constant(kernel))


def equalize(ops: Any, layer: Any) -> None:
    """As `equalize_cpu`."""
    n, height, width = layer.shape
    curves = ops.empty((n, 1, 256), np.uint8)
    ops.points(equalising_level, (n, 1, 256), counts(ops, layer), curves)
    flat = layer.reshape(n, height, width, 1)
    ops.points(by_channel, (n, height, width), flat, flat, curves)
