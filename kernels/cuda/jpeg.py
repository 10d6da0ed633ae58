"""JPEG without its entropy coding: colours to planes, the transform in three passes of eight values a thread, and back.

A pass along the rows of the blocks, one down their columns that goes to the coefficients and straight back, and one
along the rows again. Eight values a thread stay in registers, and no thread waits for another within a pass.
"""

from typing import Any

import numpy as np

from ..jit import scalar
from ..primitives.jpeg import (
    CONST_BITS,
    HALF_RANGE,
    PASS1_BITS,
    blue_of,
    clipped,
    forward8,
    halved,
    inverse8,
    luma_of,
    quantisation,
    red_of,
    requantised,
    rgb_of,
)
from .kernel import points

I = np.int32


@scalar
def colour_at(src, n, y, x):
    """r, g, b of the nearest pixel of the image."""
    v, u = min(y, src.shape[1] - 1), min(x, src.shape[2] - 1)
    return I(src[n, v, u, 0]), I(src[n, v, u, 1]), I(src[n, v, u, 2])


@points
def to_planes(n, j, i, src, luma, blue, red):
    """Two by two pixels to luma and one chroma value each; the planes are padded to whole blocks by repetition."""
    y, x = 2 * j, 2 * i
    r0, g0, b0 = colour_at(src, n, y, x)
    r1, g1, b1 = colour_at(src, n, y, x + 1)
    r2, g2, b2 = colour_at(src, n, y + 1, x)
    r3, g3, b3 = colour_at(src, n, y + 1, x + 1)
    luma[n, y, x], luma[n, y, x + 1] = luma_of(r0, g0, b0), luma_of(r1, g1, b1)
    luma[n, y + 1, x], luma[n, y + 1, x + 1] = luma_of(r2, g2, b2), luma_of(r3, g3, b3)
    top = 2 * min(j, (src.shape[1] + 1) // 2 - 1)
    if top != y:  # below the image chroma repeats its own last row, not the mean of repeated pixels
        r0, g0, b0 = colour_at(src, n, top, x)
        r1, g1, b1 = colour_at(src, n, top, x + 1)
        r2, g2, b2 = colour_at(src, n, top + 1, x)
        r3, g3, b3 = colour_at(src, n, top + 1, x + 1)
    blue[n, j, i] = halved(blue_of(r0, g0, b0), blue_of(r1, g1, b1), blue_of(r2, g2, b2), blue_of(r3, g3, b3), i)
    red[n, j, i] = halved(red_of(r0, g0, b0), red_of(r1, g1, b1), red_of(r2, g2, b2), red_of(r3, g3, b3), i)


@points
def grey_plane(n, y, x, src, luma):
    """A greyscale image padded to whole blocks by repetition."""
    luma[n, y, x] = src[n, min(y, src.shape[1] - 1), min(x, src.shape[2] - 1), 0]


@points
def forward_row(n, y, block, plane, work):
    """The forward transform of eight samples of a row."""
    x = 8 * block
    o0, o1, o2, o3, o4, o5, o6, o7 = forward8(
        I(I(plane[n, y, x]) - HALF_RANGE),
        I(I(plane[n, y, x + 1]) - HALF_RANGE),
        I(I(plane[n, y, x + 2]) - HALF_RANGE),
        I(I(plane[n, y, x + 3]) - HALF_RANGE),
        I(I(plane[n, y, x + 4]) - HALF_RANGE),
        I(I(plane[n, y, x + 5]) - HALF_RANGE),
        I(I(plane[n, y, x + 6]) - HALF_RANGE),
        I(I(plane[n, y, x + 7]) - HALF_RANGE),
        PASS1_BITS,
        CONST_BITS - PASS1_BITS,
    )
    work[n, y, x], work[n, y, x + 1], work[n, y, x + 2], work[n, y, x + 3] = o0, o1, o2, o3
    work[n, y, x + 4], work[n, y, x + 5], work[n, y, x + 6], work[n, y, x + 7] = o4, o5, o6, o7


@points
def quantised_column(n, block, x, work, steps):
    """Eight values of a column to coefficients, through the quantiser, and back; steps (3, 64) float32."""
    y = 8 * block
    o0, o1, o2, o3, o4, o5, o6, o7 = forward8(
        work[n, y, x],
        work[n, y + 1, x],
        work[n, y + 2, x],
        work[n, y + 3, x],
        work[n, y + 4, x],
        work[n, y + 5, x],
        work[n, y + 6, x],
        work[n, y + 7, x],
        -PASS1_BITS,
        CONST_BITS + PASS1_BITS,
    )
    k = x & 7
    o0, o1, o2, o3, o4, o5, o6, o7 = inverse8(
        requantised(o0, steps[0, k], steps[1, k], steps[2, k]),
        requantised(o1, steps[0, k + 8], steps[1, k + 8], steps[2, k + 8]),
        requantised(o2, steps[0, k + 16], steps[1, k + 16], steps[2, k + 16]),
        requantised(o3, steps[0, k + 24], steps[1, k + 24], steps[2, k + 24]),
        requantised(o4, steps[0, k + 32], steps[1, k + 32], steps[2, k + 32]),
        requantised(o5, steps[0, k + 40], steps[1, k + 40], steps[2, k + 40]),
        requantised(o6, steps[0, k + 48], steps[1, k + 48], steps[2, k + 48]),
        requantised(o7, steps[0, k + 56], steps[1, k + 56], steps[2, k + 56]),
        CONST_BITS - PASS1_BITS,
    )
    work[n, y, x], work[n, y + 1, x], work[n, y + 2, x], work[n, y + 3, x] = o0, o1, o2, o3
    work[n, y + 4, x], work[n, y + 5, x], work[n, y + 6, x], work[n, y + 7, x] = o4, o5, o6, o7


@points
def inverse_row(n, y, block, work, plane):
    """The inverse transform of eight values of a row, as samples again."""
    x = 8 * block
    o0, o1, o2, o3, o4, o5, o6, o7 = inverse8(
        work[n, y, x],
        work[n, y, x + 1],
        work[n, y, x + 2],
        work[n, y, x + 3],
        work[n, y, x + 4],
        work[n, y, x + 5],
        work[n, y, x + 6],
        work[n, y, x + 7],
        CONST_BITS + PASS1_BITS + 3,
    )
    plane[n, y, x], plane[n, y, x + 1] = clipped(o0 + HALF_RANGE), clipped(o1 + HALF_RANGE)
    plane[n, y, x + 2], plane[n, y, x + 3] = clipped(o2 + HALF_RANGE), clipped(o3 + HALF_RANGE)
    plane[n, y, x + 4], plane[n, y, x + 5] = clipped(o4 + HALF_RANGE), clipped(o5 + HALF_RANGE)
    plane[n, y, x + 6], plane[n, y, x + 7] = clipped(o6 + HALF_RANGE), clipped(o7 + HALF_RANGE)


@scalar
def upsampled(chroma, n, y, x, rows, columns):
    """A chroma plane of rows x columns at the full-size place (y, x): weights 3 and 1 along each axis; doubled where up
    to 2 wide.
    """
    j, i = y >> 1, x >> 1
    if columns <= 2:
        return I(chroma[n, j, i])
    far = min(max(j + (1 if y & 1 else -1), 0), rows - 1)
    side = min(max(i + (1 if x & 1 else -1), 0), columns - 1)
    here = 3 * I(chroma[n, j, i]) + I(chroma[n, far, i])
    beside = 3 * I(chroma[n, j, side]) + I(chroma[n, far, side])
    return I(I(3 * here + beside + (7 if x & 1 else 8)) >> I(4))


@points
def from_planes(n, y, x, luma, blue, red, dst):
    """A pixel from its luma and its neighbourhood's chroma."""
    rows, columns = (dst.shape[1] + 1) // 2, (dst.shape[2] + 1) // 2
    b, r = upsampled(blue, n, y, x, rows, columns), upsampled(red, n, y, x, rows, columns)
    dst[n, y, x, 0], dst[n, y, x, 1], dst[n, y, x, 2] = rgb_of(I(luma[n, y, x]), b, r)


@points
def from_grey(n, y, x, luma, dst):
    """A greyscale pixel."""
    dst[n, y, x, 0] = luma[n, y, x]


def _transform(ops: Any, plane: Any, steps: np.ndarray) -> None:
    n, height, width = plane.shape
    work = ops.empty(plane.shape, np.int32)
    ops.points(forward_row, (n, height, width // 8), plane, work)
    ops.points(quantised_column, (n, height // 8, width), work, ops.constant(steps))
    ops.points(inverse_row, (n, height, width // 8), work, plane)


def jpeg(ops: Any, src: Any, dst: Any, quality: int) -> None:
    """As `jpeg_cpu`."""
    luminance, chrominance = quantisation(quality)
    n, height, width, channels = src.shape
    if channels == 1:
        luma = ops.empty((n, -(-height // 8) * 8, -(-width // 8) * 8), np.uint8)
        ops.points(grey_plane, luma.shape, src, luma)
        _transform(ops, luma, luminance)
        ops.points(from_grey, src.shape[:3], luma, dst)
        return
    down, across = -(-height // 16), -(-width // 16)
    luma = ops.empty((n, 16 * down, 16 * across), np.uint8)
    blue, red = (ops.empty((n, 8 * down, 8 * across), np.uint8) for _ in range(2))
    ops.points(to_planes, blue.shape, src, luma, blue, red)
    _transform(ops, luma, luminance)
    _transform(ops, blue, chrominance)
    _transform(ops, red, chrominance)
    ops.points(from_planes, src.shape[:3], luma, blue, red, dst)
