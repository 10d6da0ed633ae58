"""Canny edges and the distance to them, as OpenCV computes both on bytes."""

import numpy as np

from ..jit import cpu, part, scalar

TG22 = 13573  # tan(22.5 degrees) in 15-bit fixed point, as OpenCV rounds it
SHIFT = 15
# OpenCV's 5 x 5 chamfer mask for L2, in float32 as its builds for x86 compute it (others use 16-bit fixed point).
STRAIGHT, DIAGONAL, KNIGHT = np.float32(1.0), np.float32(1.4), np.float32(2.1969)
NEAR, FAR = np.float32(0.0), np.float32(1e30)


@scalar
def across(gx, gy):
    """The direction in which an edge is crossed: 0 along the row, 1 along the column, 2 and 3 along the diagonals."""
    steep, flat = np.int64(abs(gy)) << SHIFT, np.int64(abs(gx)) * TG22
    if steep < flat:
        return 0
    if steep > flat + (np.int64(abs(gx)) << (SHIFT + 1)):
        return 1
    return 2 if (gx < 0) != (gy < 0) else 3


@scalar
def nearer(old, knight, diagonal, straight):
    """A distance, given the least of the neighbours of each kind that are already known."""
    return min(old, min(min(knight + KNIGHT, diagonal + DIAGONAL), straight + STRAIGHT))


@scalar
def sobel_x(ua, ub, ma, mb, la, lb):
    """The difference along the row, of the pixels to the left (a) and right (b) in three rows."""
    return np.int32((np.int32(ub) - np.int32(ua)) + 2 * (np.int32(mb) - np.int32(ma)) + (np.int32(lb) - np.int32(la)))


@part
def _sobel(image, dx, dy, size):
    """Sobel's differences, and their L1 size in the inside of `size` (H + 2, W + 2)."""
    height, width = image.shape
    for y in range(height):
        up, mid, low = image[max(y - 1, 0)], image[y], image[min(y + 1, height - 1)]
        gx, gy, sums = dx[y], dy[y], size[y + 1]
        for x in range(1, width - 1):  # apart from the ends, so that it is vectorised
            gx[x] = sobel_x(up[x - 1], up[x + 1], mid[x - 1], mid[x + 1], low[x - 1], low[x + 1])
            gy[x] = sobel_x(up[x - 1], low[x - 1], up[x], low[x], up[x + 1], low[x + 1])
        for x in (0, width - 1):
            a, b = max(x - 1, 0), min(x + 1, width - 1)
            gx[x] = sobel_x(up[a], up[b], mid[a], mid[b], low[a], low[b])
            gy[x] = sobel_x(up[a], low[a], up[x], low[x], up[b], low[b])
        for x in range(width):
            sums[x + 1] = np.int32(abs(gx[x]) + abs(gy[x]))


@cpu
def _canny(src, dst, low, high, dx, dy, size, weak, stack):
    n, height, width = src.shape
    for i in range(n):
        _sobel(src[i], dx, dy, size)
        weak[:] = False
        dst[i] = False
        top = 0
        for y in range(height):
            for x in range(width):
                m = size[y + 1, x + 1]
                if m <= low:
                    continue
                way = across(dx[y, x], dy[y, x])
                if way == 0:
                    peak = m > size[y + 1, x] and m >= size[y + 1, x + 2]
                elif way == 1:
                    peak = m > size[y, x + 1] and m >= size[y + 2, x + 1]
                else:
                    side = -1 if way == 2 else 1
                    peak = m > size[y, x + 1 - side] and m > size[y + 2, x + 1 + side]
                if peak and m > high:
                    dst[i, y, x] = True
                    stack[top, 0], stack[top, 1] = y, x
                    top += 1
                elif peak:
                    weak[y + 1, x + 1] = True
        while top > 0:
            top -= 1
            y, x = stack[top, 0], stack[top, 1]
            for v in range(y, y + 3):
                for u in range(x, x + 3):
                    if weak[v, u]:
                        weak[v, u] = False
                        dst[i, v - 1, u - 1] = True
                        stack[top, 0], stack[top, 1] = v - 1, u - 1
                        top += 1


def canny_cpu(src: np.ndarray, dst: np.ndarray, low: int, high: int) -> None:
    """dst (N, H, W) bool = the edges of src (N, H, W) uint8: 3 x 3 Sobel, L1 magnitude, edge values repeated,
    8-connected hysteresis.

    The memory for it is made here: each np.zeros of another type takes .2 s to compile.
    """
    height, width = src.shape[1:]
    dx, dy = np.empty((2, height, width), np.int32)
    size, weak = (np.zeros((height + 2, width + 2), kind) for kind in (np.int32, np.bool_))
    _canny(src, dst, low, high, dx, dy, size, weak, np.empty((height * width, 2), np.int32))


@part
def _from_before(before, beyond, here, made):
    """The least distance by way of the row before and the one beyond that: apart, so that it is vectorised."""
    for x in range(made.size):
        c = x + 2
        knight = min(min(beyond[c - 1], beyond[c + 1]), min(before[c - 2], before[c + 2]))
        made[x] = nearer(here[c], knight, min(before[c - 1], before[c + 1]), before[c])


@cpu
def chamfer_cpu(edges, dst, limit):
    """dst (N, H, W) float32 = the 5 x 5 chamfer distance in pixels to the nearest edge of (N, H, W) bool, at most
    `limit`.

    Only what comes from the pixel beside waits for it; with the rest apart it takes .4 of the time (224 x 224, an Intel
    Xeon of model 207).
    """
    n, height, width = edges.shape
    field, made = np.empty((height + 4, width + 4), np.float32), np.empty(width, np.float32)
    for i in range(n):
        field[:] = FAR
        for y in range(height):
            here, edge, beside = field[y + 2], edges[i, y], FAR
            _from_before(field[y + 1], field[y], here, made)
            for x in range(width):
                beside = NEAR if edge[x] else min(made[x], beside + STRAIGHT)
                here[x + 2] = beside
        for y in range(height - 1, -1, -1):
            here, out, beside = field[y + 2], dst[i, y], FAR
            _from_before(field[y + 3], field[y + 4], here, made)
            for x in range(width - 1, -1, -1):
                beside = min(made[x], beside + STRAIGHT)
                here[x + 2] = beside
            for x in range(width):
                out[x] = min(here[x + 2], limit)
