"""Pixels that come from elsewhere: the affine warp, displacement fields, glass blur's shuffle; and the plasma of
fog.
"""

from typing import Any

import numpy as np

from ..primitives.plasma import displaced, plasma_powers, stretched
from ..primitives.sampling import bilinear, column_part, displaced_taps, row_part, warp_taps
from .kernel import points, stepwise
from .reduction import folded, largest_part, smallest_part


@points
def warped_pixel(n, y, x, src, out, matrices):
    """A pixel from where its image's matrix sends it."""
    cx = row_part(matrices, n, 0, y) + column_part(matrices, n, 0, x)
    cy = row_part(matrices, n, 1, y) + column_part(matrices, n, 1, x)
    y0, y1, x0, x1, fy, fx = warp_taps(cx, cy, src.shape[1], src.shape[2])
    for c in range(3):
        out[n, y, x, c] = bilinear(src[n, y0, x0, c], src[n, y0, x1, c], src[n, y1, x0, c], src[n, y1, x1, c], fy, fx)


@points
def displaced_pixel(n, y, x, src, out, field, alpha):
    """A pixel from where the field sends it."""
    dy, dx = alpha * field[n, 1, y, x], alpha * field[n, 0, y, x]
    y0, y1, x0, x1, fy, fx = displaced_taps(y, x, dy, dx, src.shape[1], src.shape[2])
    for c in range(3):
        out[n, y, x, c] = bilinear(src[n, y0, x0, c], src[n, y0, x1, c], src[n, y1, x0, c], src[n, y1, x1, c], fy, fx)


@points
def shuffled_pixel(n, y, x, src, dst, offsets, step, delta):
    """The pixel that the raster-order shuffle leaves at (y, x).

    In the published order, from the lower right, a pixel takes the value that its source holds at that moment: the
    source's new value where the pass has been there already, else its old one. Following sources for as long as the
    pass had been there gives each pixel by itself; half of all sources lie behind, so a chain has two links on average.
    """
    height, width = src.shape[1], src.shape[2]
    v, u = y, x
    while v > delta and v <= height - delta and u > delta and u <= width - delta:
        b, a = v + offsets[n, step, v, u, 1], u + offsets[n, step, v, u, 0]
        visited = b > v or (b == v and a > u)
        v, u = b, a
        if not visited:
            break
    for c in range(src.shape[3]):
        dst[n, y, x, c] = src[n, v, u, c]


@stepwise
def grow_plasma(n, s, t, lanes, m, powers):
    """Diamond-square on m (N, S, S): step 0 sets the corner, then each level takes a step for its squares and one for
    its diamonds.
    """
    size = m.shape[1]
    mask = size - 1
    if s == 0:
        if t == 0:
            m[n, 0, 0] = np.float32(0.0)
        return
    level = (s - 1) >> 1
    per = 1 << level  # cells along a side
    step = size >> level
    half = step >> 1
    power = powers[level]
    if (s - 1) & 1 == 0:
        for cell in range(t, per * per, lanes):
            y, x = (cell >> level) * step + half, (cell & (per - 1)) * step + half
            low, right = (y + half) & mask, (x + half) & mask
            up, left = y - half, x - half
            m[n, y, x] = displaced(
                m[n, up, left], m[n, up, right], m[n, low, left], m[n, low, right], power, m[n, y, x]
            )
    else:
        for cell in range(t, 2 * per * per, lanes):
            row = cell >> level
            y, x = row * half, (cell & (per - 1)) * step + (half if row & 1 == 0 else 0)
            up, low = (y - half) & mask, (y + half) & mask
            left, right = (x - half) & mask, (x + half) & mask
            m[n, y, x] = displaced(m[n, up, x], m[n, low, x], m[n, y, left], m[n, y, right], power, m[n, y, x])


@points
def stretched_cell(n, y, e, m, low, high):
    """A cell on 0..1; m (N, S S), low and high (N, 1, 1)."""
    m[n, e] = stretched(m[n, e], low[n, 0, 0], high[n, 0, 0] - low[n, 0, 0])


def warp(ops: Any, src: Any, out: Any, matrices: np.ndarray) -> None:
    """As `warp_cpu`."""
    ops.points(warped_pixel, src.shape[:3], src, out, ops.upload(matrices))


def displace(ops: Any, src: Any, out: Any, field: Any, alpha: np.float32) -> None:
    """As `displace_cpu`."""
    ops.points(displaced_pixel, src.shape[:3], src, out, field, alpha)


def shuffle(ops: Any, image: Any, offsets: Any, delta: int) -> Any:
    """As `shuffle_cpu`, but for the image, which is not changed."""
    for step in range(offsets.shape[1]):
        shuffled = ops.empty(image.shape, np.uint8)
        ops.points(shuffled_pixel, image.shape[:3], image, shuffled, offsets, step, delta)
        image = shuffled
    return image


def plasma(ops: Any, unit: Any, decay: float) -> None:
    """As `plasma_cpu`."""
    n, size = unit.shape[:2]
    ops.stepwise(grow_plasma, n, 2 * (size.bit_length() - 1) + 1, unit, ops.constant(plasma_powers(size, decay)))
    flat = unit.reshape(n, size * size)
    low, high = (folded(ops, flat.reshape(n, size * size, 1), kernel) for kernel in (smallest_part, largest_part))
    ops.points(stretched_cell, (n, 1, size * size), flat, low, high)
